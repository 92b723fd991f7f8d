using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Images;

/// <summary>
/// Video compression of conditioning images before scaling (docs/reference/vae.md, section 8): the model was trained on video frames, and
/// an image that is too clean makes it render a still.
/// </summary>
public static class ImageCompression
{
    /// <summary>Maximum width and height supported by x264.</summary>
    public const int MaxSide = 16_384;

    private const string Scaler = "flags=bilinear+accurate_rnd+bitexact";

    /// <summary>
    /// Encodes an image as one H.264 frame (libx264, veryfast, yuv420p) at its own size and decodes it. An odd last row or column is
    /// cropped. If <paramref name="crf"/> is 0 or a side is less than 2 pixels, the image is returned unchanged. Images larger than
    /// <see cref="MaxSide"/> are scaled down to it, since H.264 does not support larger frames.
    /// </summary>
    /// <exception cref="MediaException">ffmpeg failed because of this machine.</exception>
    /// <exception cref="UnreadableImageException">ffmpeg rejected the image.</exception>
    public static RgbImage RoundTrip(FfmpegTools tools, RgbImage image, int crf, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(crf);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(crf, 51);
        if (crf == 0 || image.Width < 2 || image.Height < 2)
            return image;
        var even = CutToEven(image);
        var (width, height) = Fit(even.Width, even.Height);
        var isScaled = (width, height) != (even.Width, even.Height);
        // Scaled down by averaging: a bilinear filter would ignore the pixels between its samples.
        var scaler = isScaled ? FormattableString.Invariant($"scale={width}:{height}:flags=area+accurate_rnd+bitexact") : $"scale={Scaler}";
        // The frame rate matters: x264 spends more bits on frames with a longer duration.
        var stream = Run(tools, even.Pixels, cancellationToken,
            "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", $"{even.Width}x{even.Height}", "-framerate", "1", "-i", "pipe:0",
            "-frames:v", "1", "-vf", $"{scaler}:out_color_matrix=bt601:out_range=tv,format=yuv420p",
            "-c:v", "libx264", "-preset", "veryfast", "-crf", $"{crf}", "-threads", "1", "-f", "h264", "pipe:1");
        var pixels = Run(tools, stream, cancellationToken,
            "-f", "h264", "-i", "pipe:0", "-frames:v", "1",
            "-vf", $"scale={Scaler}:in_color_matrix=bt601:in_range=tv,format=rgb24", "-f", "rawvideo", "pipe:1");
        if (pixels.Length != width * height * RgbImage.Channels)
            throw new MediaException($"ffmpeg returned {pixels.Length} bytes for a compressed image of {width}x{height} pixels.");
        return new RgbImage(width, height, pixels);
    }

    /// <summary>Returns the size, with even sides, at which x264 accepts an image.</summary>
    private static (int Width, int Height) Fit(int width, int height)
    {
        var scale = Math.Min(1, (double)MaxSide / Math.Max(width, height));
        return scale == 1 ? (width, height) : (Even(width * scale), Even(height * scale));

        static int Even(double side) => Math.Clamp((int)Math.Round(side / 2) * 2, 2, MaxSide);
    }

    private static byte[] Run(FfmpegTools tools, byte[] input, CancellationToken cancellationToken, params string[] arguments)
    {
        var result = FfmpegProcess.RunAsync(tools.Ffmpeg, ["-v", "error", .. arguments], input, cancellationToken).GetAwaiter().GetResult();
        if (result.ExitCode == 0)
            return result.Output;
        if (result.Error.Contains("Unknown encoder", StringComparison.OrdinalIgnoreCase))
            throw new MediaException($"{tools.Ffmpeg} is built without libx264, which is required to compress conditioning images: install "
                + "an ffmpeg that includes it (apt-get install ffmpeg, brew install ffmpeg).");
        var sentence = $"ffmpeg failed to compress a conditioning image (exit code {result.ExitCode}): {result.Error}";
        throw FfmpegErrors.IsMachineFault(result) ? new MediaException(sentence) : new UnreadableImageException(sentence);
    }

    private static RgbImage CutToEven(RgbImage image)
    {
        var (width, height) = (image.Width / 2 * 2, image.Height / 2 * 2);
        if (width == image.Width)
            return new RgbImage(width, height, image.Pixels[..(width * height * RgbImage.Channels)]);
        var pixels = new byte[width * height * RgbImage.Channels];
        var row = width * RgbImage.Channels;
        for (var y = 0; y < height; y++)
            image.Pixels.AsSpan(y * image.Width * RgbImage.Channels, row).CopyTo(pixels.AsSpan(y * row));
        return new RgbImage(width, height, pixels);
    }
}
