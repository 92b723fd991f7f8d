namespace MlxVideo.Worker.Capabilities;

/// <summary>Speed measurements of this machine.</summary>
public interface IBenchmarks
{
    /// <summary>Returns the throughput of large matrix products on the engine's device, in 10¹² operations per second.</summary>
    Task<double> TeraflopsPerSecondAsync();

    /// <summary>Returns the read throughput of the disk for a file, in bytes per second.</summary>
    Task<double> DiskBytesPerSecondAsync(string file);
}
