using System.Globalization;
using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Clips;

/// <summary>
/// Writes a frame of a clip to a JPEG file every few frames, for programs that show what is being rendered. Each file replaces the previous
/// one in a single step.
/// </summary>
public sealed class FramePreview(FfmpegTools tools, PreviewSettings settings) : IFrameObserver
{
    /// <inheritdoc/>
    /// <exception cref="MediaException">The preview can't be written.</exception>
    public void OnFrame(int index, int width, int height, ReadOnlySpan<byte> rgb)
    {
        if (index % settings.Every == 0)
            WriteAsync(width, height, rgb.ToArray()).GetAwaiter().GetResult();
    }

    private async Task WriteAsync(int width, int height, ReadOnlyMemory<byte> rgb)
    {
        var scale = Math.Min(1, settings.MaxSide / (double)Math.Max(width, height));
        var (smallWidth, smallHeight) = (Math.Max(1, (int)(width * scale)), Math.Max(1, (int)(height * scale)));
        string[] arguments =
        [
            "-v", "error", "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", Size(width, height), "-i", "pipe:0",
            "-s", Size(smallWidth, smallHeight), "-c:v", "mjpeg", "-q:v", Quantizer(settings.Quality), "-f", "image2pipe", "pipe:1",
        ];
        var result = await FfmpegProcess.RunAsync(tools.Ffmpeg, arguments, rgb, CancellationToken.None);
        if (result.ExitCode != 0)
            throw new MediaException($"The preview {settings.Path} can't be encoded: {result.Error}");
        var partial = $"{settings.Path}.{Guid.NewGuid():N}";
        try
        {
            await File.WriteAllBytesAsync(partial, result.Output);
            File.Move(partial, settings.Path, overwrite: true);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            File.Delete(partial);
            throw new MediaException($"The preview {settings.Path} can't be written: {ex.Message}", ex);
        }
    }

    private static string Size(int width, int height) => string.Create(CultureInfo.InvariantCulture, $"{width}x{height}");

    /// <summary>Maps a quality of 1 to 100 to the quantizer of ffmpeg's JPEG encoder, 31 to 2.</summary>
    private static string Quantizer(int quality) => (31 - (quality * 29 / 100)).ToString(CultureInfo.InvariantCulture);
}

/// <summary>What <see cref="FramePreview"/> writes.</summary>
/// <param name="Path">The JPEG file; its folder must exist.</param>
/// <param name="Every">Number of frames from one preview to the next.</param>
/// <param name="MaxSide">Maximum length of the longer side in pixels.</param>
/// <param name="Quality">1 to 100, the best.</param>
public sealed record PreviewSettings(string Path, int Every = 12, int MaxSide = 512, int Quality = 85);
