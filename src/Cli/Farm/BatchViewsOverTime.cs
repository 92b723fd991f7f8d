using System.Runtime.CompilerServices;
using MlxVideo.Shared.Api;

namespace MlxVideo.Cli.Farm;

/// <summary>A batch's views as they come, until it has ended.</summary>
/// <param name="client">The coordinator.</param>
/// <param name="patience">How long a coordinator that was reached before may be out of reach.</param>
/// <param name="time">The clock.</param>
internal sealed class BatchViewsOverTime(FarmClient client, TimeSpan patience, TimeProvider time)
{
    private static readonly TimeSpan PauseBeforeRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>Every view that the coordinator shows, the last one with state <see cref="BatchState.Ended"/>.</summary>
    public async IAsyncEnumerable<BatchView> Of(string batchId, [EnumeratorCancellation] CancellationToken cancellation)
    {
        BatchView? view = null;
        while (view is not { State: BatchState.Ended })
        {
            view = await Next(batchId, view?.Version, cancellation);
            yield return view;
            if (view.State == BatchState.Running)
                await Task.Delay(PauseAfter(view), time, cancellation);
        }
    }

    /// <summary>The view of a large batch is large: a second of rest for each thousand clips.</summary>
    private static TimeSpan PauseAfter(BatchView view) => TimeSpan.FromMilliseconds(Math.Min(view.Clips.Count, LongestPause.TotalMilliseconds));

    private async Task<BatchView> Next(string batchId, long? seen, CancellationToken cancellation)
    {
        var silentSince = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await client.Batch(batchId, seen, cancellation);
            }
            catch (FarmApiException fault) when (seen is not null && fault.IsUnreachable && time.GetElapsedTime(silentSince) < patience)
            {
                await Task.Delay(PauseBeforeRetry, time, cancellation); // the network may come back
            }
        }
    }
}
