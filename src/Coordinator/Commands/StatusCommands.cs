using System.Runtime.CompilerServices;
using System.Text.Json;
using MlxVideo.Coordinator.Examination;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.History;
using MlxVideo.Coordinator.Security;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Commands.Requests;
using MlxVideo.Shared.Json;

namespace MlxVideo.Coordinator.Commands;

/// <summary>Handlers of the commands for the farm as a whole.</summary>
internal sealed class StatusCommands(
    FarmQueryClient farm, FarmExaminer examiner, FarmHistory history, SecurityCommands security, TimeProvider time) : ICommandGroup
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public void Register(CommandHandlers handlers)
    {
        handlers.Add<ShowFarm, FarmStatus>((_, cancellationToken) => StatusAsync(cancellationToken));
        handlers.AddStream<WatchFarm, FarmStatus>((_, cancellationToken) => WatchAsync(cancellationToken));
        handlers.Add<ListEvents, FarmEventList>((request, _) =>
            Task.FromResult(new FarmEventList(history.Read(request.Since, LimitOf(request)))));
        handlers.AddStream<ListEvents, FarmEventView>((request, cancellationToken) =>
            history.FollowAsync(request.Since, LimitOf(request), cancellationToken));
        handlers.Add<ExamineFarm, FarmDiagnosis>((_, cancellationToken) => examiner.ExamineAsync(
            () => farm.AskAsync<FarmQueries.Observation>(FarmQueries.Observe.Instance, cancellationToken), cancellationToken));
        handlers.Add<CreateToken, JoinTokenCreated>((request, _) => Task.FromResult(security.CreateToken(request)));
    }

    private static int LimitOf(ListEvents request) => request.Limit is >= 1 and <= ListEvents.MaxLimit
        ? request.Limit
        : throw new FarmRequestException(FarmRequestError.Invalid, $"limit: {request.Limit} is outside 1 to {ListEvents.MaxLimit}.");

    private Task<FarmStatus> StatusAsync(CancellationToken cancellationToken) =>
        farm.AskAsync<FarmStatus>(FarmQueries.GetFarm.Instance, cancellationToken);

    /// <summary>Returns the present status, and each that differs from the one before.</summary>
    private async IAsyncEnumerable<FarmStatus> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(WatchInterval, time);
        byte[] seen = [];
        do
        {
            var status = await StatusAsync(cancellationToken);
            var json = JsonSerializer.SerializeToUtf8Bytes(status, FarmJson.Options); // lists have no equality of their own
            if (json.AsSpan().SequenceEqual(seen))
                continue;
            seen = json;
            yield return status;
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }
}
