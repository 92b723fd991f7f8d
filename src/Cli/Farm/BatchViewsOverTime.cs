using System.Runtime.CompilerServices;
using MlxVideo.Shared.Api;

namespace MlxVideo.Cli.Farm;

/// <summary>A batch's views as they come, until it has ended.</summary>
/// <param name="client">The coordinator.</param>
/// <param name="patience">How long a coordinator that was reached before may be out of reach.</param>
/// <param name="time">The clock.</param>
/// <param name="notice">Told when the coordinator can't be reached and when it can again, one sentence each.</param>
internal sealed class BatchViewsOverTime(FarmClient client, TimeSpan patience, TimeProvider time, Action<string> notice)
{
    private static readonly TimeSpan PauseBeforeRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>Every view that the coordinator shows, the last one with state <see cref="BatchState.Ended"/>.</summary>
    public async IAsyncEnumerable<BatchView> Of(string batchId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BatchView? view = null;
        while (view is not { State: BatchState.Ended })
        {
            view = await Next(batchId, view?.Version, cancellationToken);
            yield return view;
            if (view.State == BatchState.Running)
                await Task.Delay(PauseAfter(view), time, cancellationToken);
        }
    }

    /// <summary>The view of a large batch is large: a second of rest for each thousand clips.</summary>
    private static TimeSpan PauseAfter(BatchView view) =>
        TimeSpan.FromMilliseconds(Math.Min(view.Clips.Count, LongestPause.TotalMilliseconds));

    private async Task<BatchView> Next(string batchId, long? seen, CancellationToken cancellationToken)
    {
        var isWaiting = false;
        var view = await FarmRetry.WithPatience(
            ex => seen is not null && ex is FarmApiException { IsTransient: true }, PauseBeforeRetry, patience, time, OnRetry)
            .ExecuteAsync(async token => await client.Batch(batchId, seen, token), cancellationToken);
        if (isWaiting)
            notice("The coordinator answers again.");
        return view;

        void OnRetry(Exception ex)
        {
            if (!isWaiting)
                notice($"{ex.Message} Waiting for it; Ctrl-C stops waiting, not the batch.");
            isWaiting = true;
        }
    }
}
