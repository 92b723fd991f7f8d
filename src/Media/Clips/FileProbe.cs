using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Images;
using MlxVideo.Shared.Inputs;

namespace MlxVideo.Media.Clips;

/// <summary>Examines media files with ffmpeg.</summary>
public sealed class FileProbe(FfmpegTools tools) : IMediaProbe
{
    /// <inheritdoc/>
    public string? ImageError(string path)
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

    /// <inheritdoc/>
    public MediaProperties Read(string path) => MediaProbe.Read(tools, path, CancellationToken.None);
}
