namespace MlxVideo.Worker.Capabilities;

/// <summary>Measures how fast this machine is.</summary>
public interface IBenchmarks
{
    /// <summary>10¹² operations a second of large matrix products on the engine's device.</summary>
    Task<double> TeraflopsPerSecond();

    /// <summary>Bytes a second at which a file comes from the disk.</summary>
    Task<double> DiskBytesPerSecond(string file);
}
