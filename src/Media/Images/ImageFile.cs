using System.Globalization;
using System.Text;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Images.Containers;

namespace MlxVideo.Media.Images;

/// <summary>Reads image files with ffmpeg.</summary>
public static class ImageFile
{
    /// <summary>Maximum file size in bytes.</summary>
    public const long MaxFileLength = 512L << 20;

    /// <summary>Maximum number of pixels.</summary>
    public const int MaxPixels = 100_000_000;

    /// <summary>
    /// Reads an image as 8-bit RGB at its own size, rotated according to its EXIF orientation. Alpha is discarded; of an animation, only
    /// the first frame is read.
    /// </summary>
    /// <exception cref="UnreadableImageException">The file is missing, too large, damaged or not an image.</exception>
    /// <exception cref="MediaException">ffmpeg can't be started or was terminated.</exception>
    public static RgbImage ReadRgb(FfmpegTools tools, string path, CancellationToken cancellationToken = default)
    {
        var file = ReadFile(path);
        if (FirstImage.Find(file) is not { } picture)
            throw Unreadable(path, "");
        // The data is piped to a still-image demuxer: neither the file's name nor its content can make ffmpeg open other files.
        string[] arguments =
        [
            "-v", "error", "-xerror", "-err_detect", "explode", "-max_pixels", $"{MaxPixels}", "-noautorotate",
            "-protocol_whitelist", "pipe,fd", "-f", picture.Demuxer, "-i", "pipe:0",
            "-frames:v", "1", "-vf", "scale=flags=bilinear+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact",
            "-pix_fmt", "rgb24", "-c:v", "ppm", "-f", "image2pipe", "pipe:1",
        ];
        var result = FfmpegProcess.RunAsync(tools.Ffmpeg, arguments, picture.Data, cancellationToken).GetAwaiter().GetResult();
        if (FfmpegErrors.IsMachineFault(result))
            throw new MediaException($"ffmpeg failed while reading the image {path} (exit code {result.ExitCode}): {result.Error}");
        if (result.ExitCode != 0 || ParsePpm(result.Output) is not { } image)
            throw Unreadable(path, result.Error.Length > 0 ? $" (ffmpeg: {result.Error})" : "");
        return ImageOrientation.Apply(picture.Canvas is { } canvas ? Place(image, canvas) : image, ImageOrientation.Find(file));
    }

    private static UnreadableImageException Unreadable(string path, string said) =>
        new($"The image {path} can't be read: it is damaged, over {MaxPixels / 1_000_000} megapixels, or not a PNG, JPEG, WebP, BMP or "
            + $"GIF file{said}.");

    /// <summary>Places an animation's first frame on its canvas, which is black, since alpha is discarded.</summary>
    private static RgbImage Place(RgbImage frame, CanvasPlace place)
    {
        if ((long)place.CanvasWidth * place.CanvasHeight > MaxPixels)
            return frame;
        var pixels = new byte[place.CanvasWidth * place.CanvasHeight * RgbImage.Channels];
        var row = frame.Width * RgbImage.Channels;
        for (var y = 0; y < frame.Height; y++)
            frame.Pixels.AsSpan(y * row, row).CopyTo(pixels.AsSpan(((place.Top + y) * place.CanvasWidth + place.Left) * RgbImage.Channels));
        return new RgbImage(place.CanvasWidth, place.CanvasHeight, pixels);
    }

    private static byte[] ReadFile(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > MaxFileLength)
                throw new UnreadableImageException(
                    $"The image {path} is {stream.Length >> 20} MiB: use one of at most {MaxFileLength >> 20} MiB.");
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception ex) when (ex is UnauthorizedAccessException or IOException and not UnreadableImageException)
        {
            throw new UnreadableImageException($"The image {path} can't be read: {ex.Message}", ex);
        }
    }

    /// <summary>Parses a binary PPM: "P6", width, height and 255 as text, then the pixels.</summary>
    private static RgbImage? ParsePpm(byte[] ppm)
    {
        var header = Encoding.ASCII.GetString(ppm, 0, Math.Min(ppm.Length, 64)).Split((char[])['\n', ' '], 5);
        if (header is not ["P6", var widthText, var heightText, "255", _]
            || !int.TryParse(widthText, NumberStyles.None, CultureInfo.InvariantCulture, out var width)
            || !int.TryParse(heightText, NumberStyles.None, CultureInfo.InvariantCulture, out var height))
        {
            return null;
        }

        var start = 2 + 1 + widthText.Length + 1 + heightText.Length + 1 + 3 + 1;
        return ppm.Length - start == (long)width * height * RgbImage.Channels ? new RgbImage(width, height, ppm[start..]) : null;
    }
}
