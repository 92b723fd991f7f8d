namespace MlxVideo.Shared.Artefacts;

/// <summary>The file system that holds a folder.</summary>
/// <param name="folder">The folder.</param>
public class Volume(string folder)
{
    /// <summary>More would be a waste of a large disk.</summary>
    private const long LargestReserve = 256L << 20;

    private const int ReservedFraction = 50;

    /// <summary>Bytes that may be written.</summary>
    public virtual long FreeBytes => Drive.AvailableFreeSpace;

    /// <summary>
    /// Bytes that stay free of artefacts from elsewhere: room for what frees more room, as the mp4 after which a clip's
    /// tiles are removed.
    /// </summary>
    public virtual long ReserveBytes => Math.Min(LargestReserve, Drive.TotalSize / ReservedFraction);

    private DriveInfo Drive => new(folder);
}
