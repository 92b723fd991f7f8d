using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Images;

/// <summary>
/// The video compression that conditioning images go through before they are scaled (docs/reference/vae.md, section 8): the model was
/// trained on video frames, and a still that is too clean makes it render a still.
/// </summary>
public static class ImageCompression
{
    /// <summary>Largest width and height that x264 takes.</summary>
    public const int MaxSide = 16_384;

    private const string Scaler = "flags=bilinear+accurate_rnd+bitexact";

    /// <summary>
    /// Encodes a picture as one H.264 frame (libx264, veryfast, yuv420p) at its own size and decodes it. An odd last row or
    /// column is cut off. <paramref name="crf"/> 0 and pictures under 2 pixels come back as they are. What is larger than
    /// <see cref="MaxSide"/> is scaled down to it: larger frames have no H.264 form.
    /// </summary>
    /// <exception cref="MediaException">ffmpeg failed for a reason of this machine's.</exception>
    /// <exception cref="UnreadableImageException">ffmpeg refused the picture.</exception>
    public static RgbImage RoundTrip(FfmpegTools tools, RgbImage image, int crf, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(crf);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(crf, 51);
        if (crf == 0 || image.Width < 2 || image.Height < 2)
            return image;
        var even = CutToEven(image);
        var (width, height) = Fit(even.Width, even.Height);
        var isScaled = (width, height) != (even.Width, even.Height);
        // Scaled down by averaging: pixels between the samples of a bilinear filter would be lost.
        var scaler = isScaled ? FormattableString.Invariant($"scale={width}:{height}:flags=area+accurate_rnd+bitexact") : $"scale={Scaler}";
        // The frame rate is part of the rule: x264 spends more bits on frames that are shown longer.
        var stream = Run(tools, even.Pixels, cancellationToken,
            "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", $"{even.Width}x{even.Height}", "-framerate", "1", "-i", "pipe:0",
            "-frames:v", "1", "-vf", $"{scaler}:out_color_matrix=bt601:out_range=tv,format=yuv420p",
            "-c:v", "libx264", "-preset", "veryfast", "-crf", $"{crf}", "-threads", "1", "-f", "h264", "pipe:1");
        var pixels = Run(tools, stream, cancellationToken,
            "-f", "h264", "-i", "pipe:0", "-frames:v", "1",
            "-vf", $"scale={Scaler}:in_color_matrix=bt601:in_range=tv,format=rgb24", "-f", "rawvideo", "pipe:1");
        if (pixels.Length != width * height * RgbImage.Channels)
            throw new MediaException($"ffmpeg returned {pixels.Length} bytes for a compressed picture of {width}x{height} pixels.");
        return new RgbImage(width, height, pixels);
    }

    /// <summary>The size, both sides even, at which x264 takes a picture.</summary>
    private static (int Width, int Height) Fit(int width, int height)
    {
        var scale = Math.Min(1, (double)MaxSide / Math.Max(width, height));
        return scale == 1 ? (width, height) : (Even(width * scale), Even(height * scale));

        static int Even(double side) => Math.Clamp((int)Math.Round(side / 2) * 2, 2, MaxSide);
    }

    private static byte[] Run(FfmpegTools tools, byte[] input, CancellationToken cancellationToken, params string[] arguments)
    {
        var result = FfmpegProcess.Run(tools.Ffmpeg, ["-v", "error", .. arguments], input, cancellationToken).GetAwaiter().GetResult();
        if (result.ExitCode == 0)
            return result.Output;
        if (result.Error.Contains("Unknown encoder", StringComparison.OrdinalIgnoreCase))
            throw new MediaException($"{tools.Ffmpeg} is built without libx264, which conditioning images are compressed with: install an "
                + "ffmpeg that has it (apt-get install ffmpeg, brew install ffmpeg).");
        var sentence = $"ffmpeg could not compress a conditioning image (exit code {result.ExitCode}): {result.Error}";
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
