namespace MlxVideo.Shared.Csv;

/// <summary>Checks whether image files are readable. Thread-safe.</summary>
public interface IImageProbe
{
    /// <summary>Returns null when the existing image at <paramref name="path"/> is readable, otherwise a one-sentence error.</summary>
    string? Error(string path);
}
