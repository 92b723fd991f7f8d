using System.Runtime.CompilerServices;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands;

namespace MlxVideo.Cli.Farm;

/// <summary>Successive views of a batch until it has ended.</summary>
/// <param name="patience">Maximum time without a connection to the coordinator after the first view.</param>
/// <param name="notice">Receives one sentence when the coordinator becomes unreachable and one when it answers again.</param>
internal sealed class BatchFollower(FarmClient client, TimeSpan patience, TimeProvider time, Action<string> notice)
{
    private static readonly TimeSpan PauseBeforeRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>Returns the coordinator's views, the last one with state <see cref="BatchState.Ended"/>.</summary>
    public async IAsyncEnumerable<BatchView> FollowAsync(string batchId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BatchView? view = null;
        while (view is not { State: BatchState.Ended })
        {
            view = await NextAsync(batchId, view?.Version, cancellationToken);
            yield return view;
            if (view.State == BatchState.Running)
                await Task.Delay(PauseAfter(view), time, cancellationToken);
        }
    }

    /// <summary>Returns one second per thousand clips, because views of large batches are large.</summary>
    private static TimeSpan PauseAfter(BatchView view) =>
        TimeSpan.FromMilliseconds(Math.Min(view.Clips.Count, LongestPause.TotalMilliseconds));

    private async Task<BatchView> NextAsync(string batchId, long? seen, CancellationToken cancellationToken)
    {
        var isWaiting = false;
        var view = await FarmRetry.WithPatience(
            ex => seen is not null && ex is FarmApiException { IsTransient: true }, PauseBeforeRetry, patience, time, OnRetry)
            .ExecuteAsync(async token => await client.GetBatchAsync(batchId, seen, token), cancellationToken);
        if (isWaiting)
            notice("The coordinator is reachable again.");
        return view;

        void OnRetry(Exception ex)
        {
            if (!isWaiting)
                notice($"{ex.Message} Waiting for the coordinator; Ctrl-C stops waiting, not the batch.");
            isWaiting = true;
        }
    }
}
