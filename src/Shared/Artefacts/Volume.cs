namespace MlxVideo.Shared.Artefacts;

/// <summary>The file system that contains a folder.</summary>
public class Volume(string folder)
{
    /// <summary>Upper limit of the reserve; more would waste space on large disks.</summary>
    private const long LargestReserve = 256L << 20;

    private const int ReservedFraction = 50;

    /// <summary>Bytes available for writing.</summary>
    public virtual long FreeBytes => Drive.AvailableFreeSpace;

    /// <summary>
    /// Bytes not available to incoming artefacts: space for files that free more space, such as the mp4 after which a clip's tiles are
    /// deleted.
    /// </summary>
    public virtual long ReserveBytes => Math.Min(LargestReserve, Drive.TotalSize / ReservedFraction);

    private DriveInfo Drive => new(folder);
}
