namespace MlxVideo.Worker.Capabilities;

/// <summary>
/// Measures sequential read throughput, in at most one second. Files cached by the system count at memory speed, as they do when weights
/// are loaded.
/// </summary>
public static class DiskBenchmark
{
    private const long MaxBytes = 256L << 20;
    private const int ChunkBytes = 4 << 20;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(1);

    /// <summary>Reads a file from its start and returns the throughput in bytes per second.</summary>
    /// <param name="file">Path of a large file.</param>
    public static double BytesPerSecond(string file, TimeProvider time)
    {
        var chunk = new byte[ChunkBytes];
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        var start = time.GetTimestamp();
        var elapsed = TimeSpan.Zero;
        long bytes = 0;
        while (bytes < MaxBytes && elapsed < MaxTime && stream.Read(chunk) is > 0 and var read)
        {
            bytes += read;
            elapsed = time.GetElapsedTime(start);
        }

        return bytes / Math.Max(elapsed.TotalSeconds, 1e-6);
    }
}
