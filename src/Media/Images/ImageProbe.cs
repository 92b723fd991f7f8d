using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Csv;

namespace MlxVideo.Media.Images;

/// <summary>Checks whether images are readable by reading them.</summary>
public sealed class ImageProbe(FfmpegTools tools) : IImageProbe
{
    /// <inheritdoc/>
    public string? Error(string path)
    {
        try
        {
            ImageFile.ReadRgb(tools, path);
            return null;
        }
        catch (MediaException ex)
        {
            return ex.Message;
        }
    }
}
