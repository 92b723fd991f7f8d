using System.Runtime.CompilerServices;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Logs;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Commands.Requests;

namespace MlxVideo.Coordinator.Commands;

/// <summary>Handlers of the commands for the logs of attempts.</summary>
internal sealed class LogCommands(FarmQueryClient farm, AttemptLogFiles logs) : ICommandGroup
{
    /// <inheritdoc/>
    public void Register(CommandHandlers handlers)
    {
        handlers.Add<ShowLogs, AttemptLogList>(ListAsync);
        handlers.AddStream<ShowLogs, BatchLogLine>(FollowAsync);
    }

    private async Task<AttemptLogList> ListAsync(ShowLogs request, CancellationToken cancellationToken)
    {
        if (request.Limit is < 1 or > ShowLogs.MaxLimit)
            throw new FarmRequestException(FarmRequestError.Invalid, $"limit: {request.Limit} is outside 1 to {ShowLogs.MaxLimit}.");
        await HasEndedAsync(request.Batch, cancellationToken);
        return AttemptLogPage.Of(request.Batch, AttemptsOf(request), request.Limit);
    }

    /// <summary>Returns the wanted attempts; rows are read as far as they are needed.</summary>
    private IEnumerable<AttemptLogView> AttemptsOf(ShowLogs request)
    {
        foreach (var row in RowsOf(request))
        {
            var position = 0L;
            foreach (var attempt in AttemptLogReader.Attempts(row, logs.Read(request.Batch, row, ref position)))
            {
                if (IsWanted(request, attempt.Stage, attempt.Attempt))
                    yield return attempt;
            }
        }
    }

    private async IAsyncEnumerable<BatchLogLine> FollowAsync(
        ShowLogs request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Before the first look at the files, so that nothing is missed between the two.
        using var follower = logs.Follow(request.Batch);
        var hasEnded = await HasEndedAsync(request.Batch, cancellationToken);
        var (reader, positions) = (new AttemptLogReader(), new Dictionary<int, long>());
        IEnumerable<int> changed = RowsOf(request);
        while (true)
        {
            foreach (var row in changed.Where(row => request.Row is null || row == request.Row).Order())
            {
                var position = positions.GetValueOrDefault(row);
                foreach (var record in logs.Read(request.Batch, row, ref position))
                {
                    if (!IsWanted(request, record.Stage, record.Attempt))
                        continue;
                    foreach (var line in reader.Lines(row, record))
                        yield return line;
                }

                positions[row] = position;
            }

            if (hasEnded)
                yield break;
            (changed, hasEnded) = await follower.NextAsync(cancellationToken);
        }
    }

    private IReadOnlyList<int> RowsOf(ShowLogs request) => request.Row is { } row ? [row] : logs.RowsOf(request.Batch);

    private static bool IsWanted(ShowLogs request, string stage, int attempt) =>
        (request.Stage is null || stage == request.Stage) && (request.Attempt is null || attempt == request.Attempt);

    /// <summary>Returns true for an ended batch. An unknown one is refused: its name must not become part of a path.</summary>
    private async Task<bool> HasEndedAsync(string batch, CancellationToken cancellationToken)
    {
        var found = await farm.AskAsync<FarmQueries.BatchStateAnswer>(new FarmQueries.GetBatchState(batch), cancellationToken);
        return found.State is { } state
            ? state == BatchState.Ended
            : throw new FarmRequestException(FarmRequestError.NotFound, $"There is no batch '{batch}': 'farm list' shows the batches.");
    }
}
