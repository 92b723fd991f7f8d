namespace MlxVideo.Shared.Csv;

/// <summary>Says whether image files can be read. Safe for concurrent use.</summary>
public interface IImageProbe
{
    /// <summary>Null when the image that exists at <paramref name="path"/> can be read, else one sentence on why not.</summary>
    string? Fault(string path);
}
