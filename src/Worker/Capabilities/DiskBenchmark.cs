namespace MlxVideo.Worker.Capabilities;

/// <summary>
/// How fast weights come from the disk, in a second at most. What the system still holds in memory counts as it would when it is loaded.
/// </summary>
public static class DiskBenchmark
{
    private const long MostBytes = 256L << 20;
    private const int ChunkBytes = 4 << 20;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(1);

    /// <summary>Bytes a second of reading a file from its start.</summary>
    /// <param name="file">A large file.</param>
    /// <param name="time">The clock.</param>
    public static double BytesPerSecond(string file, TimeProvider time)
    {
        var chunk = new byte[ChunkBytes];
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        var start = time.GetTimestamp();
        var elapsed = TimeSpan.Zero;
        long bytes = 0;
        while (bytes < MostBytes && elapsed < MostTime && stream.Read(chunk) is > 0 and var read)
        {
            bytes += read;
            elapsed = time.GetElapsedTime(start);
        }

        return bytes / Math.Max(elapsed.TotalSeconds, 1e-6);
    }
}
