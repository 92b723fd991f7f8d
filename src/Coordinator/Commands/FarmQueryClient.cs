using Akka.Actor;
using Akka.Hosting;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Persistence;
using MlxVideo.Shared.Commands.Definitions;

namespace MlxVideo.Coordinator.Commands;

/// <summary>Asks the farm's actor, and turns its refusals into exceptions.</summary>
internal sealed class FarmQueryClient(IRequiredActor<FarmActor> farm, DatabaseCondition database)
{
    private const string Busy = "The farm is busy and did not answer in time, for example after its machine was asleep; try again.";
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Asks the farm.</summary>
    /// <param name="wait">Time that the farm itself may let pass before it answers.</param>
    /// <exception cref="FarmRequestException">The farm refuses the request, or does not answer in time.</exception>
    public async Task<T> AskAsync<T>(object question, CancellationToken cancellationToken, TimeSpan wait = default) =>
        await AskAsync(question, wait + AnswerTimeout, cancellationToken) switch
        {
            T answer => answer,
            FarmQueries.Refused refused => throw new FarmRequestException(refused.Error, refused.Reason),
            FarmQueries.QueryFailed failed => throw new FarmRequestException(FarmRequestError.Busy, failed.Reason),
            var other => throw new InvalidOperationException($"The farm answered with an unexpected {other.GetType().Name}."),
        };

    private async Task<object> AskAsync(object question, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return await farm.ActorRef.Ask<object>(question, timeout, cancellationToken);
        }
        catch (AskTimeoutException ex)
        {
            throw new FarmRequestException(FarmRequestError.Busy, database.Problem ?? Busy, ex);
        }
    }
}
