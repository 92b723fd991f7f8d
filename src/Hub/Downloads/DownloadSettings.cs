namespace MlxVideo.Hub.Downloads;

/// <summary>How files are transferred.</summary>
/// <param name="Parallel">Files transferred at a time.</param>
/// <param name="Attempts">Attempts in a row without a new byte before a file fails.</param>
/// <param name="FirstDelay">Delay before the second attempt; it doubles with each further one.</param>
/// <param name="LongestDelay">Maximum delay, unless the hub asks for a longer one.</param>
/// <param name="StallTime">Time without a byte after which a connection counts as lost.</param>
public sealed record DownloadSettings(int Parallel, int Attempts, TimeSpan FirstDelay, TimeSpan LongestDelay, TimeSpan StallTime)
{
    public static DownloadSettings Default { get; } = new(
        Parallel: 4, Attempts: 8, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), StallTime: TimeSpan.FromSeconds(60));
}

/// <summary>Progress of one file of a download.</summary>
/// <param name="DoneBytes">Bytes in the cache, those of earlier downloads included.</param>
/// <param name="Problem">Why the transfer pauses, in one sentence; null when it runs.</param>
public sealed record DownloadProgress(string Path, long DoneBytes, long TotalBytes, string? Problem = null);
