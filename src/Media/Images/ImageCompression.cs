using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Images;

/// <summary>
/// The video compression that conditioning images go through before they are scaled (README-vae, section 8): the model was
/// trained on video frames, and a still that is too clean makes it render a still.
/// </summary>
public static class ImageCompression
{
    private const string Scaler = "flags=bilinear+accurate_rnd+bitexact";

    /// <summary>
    /// Encodes a picture as one H.264 frame (libx264, veryfast, yuv420p) at its own size and decodes it. An odd last row or
    /// column is cut off. <paramref name="crf"/> 0 and pictures under 2 pixels come back as they are.
    /// </summary>
    /// <exception cref="MediaException">ffmpeg failed.</exception>
    public static RgbImage RoundTrip(FfmpegTools tools, RgbImage image, int crf, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(crf);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(crf, 51);
        if (crf == 0 || image.Width < 2 || image.Height < 2)
            return image;
        var even = CutToEven(image);
        var size = $"{even.Width}x{even.Height}";
        // The frame rate is part of the rule: x264 spends more bits on frames that are shown longer.
        var stream = Run(tools, even.Pixels, cancellation,
            "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", size, "-framerate", "1", "-i", "pipe:0",
            "-frames:v", "1", "-vf", $"scale={Scaler}:out_color_matrix=bt601:out_range=tv,format=yuv420p",
            "-c:v", "libx264", "-preset", "veryfast", "-crf", $"{crf}", "-threads", "1", "-f", "h264", "pipe:1");
        var pixels = Run(tools, stream, cancellation,
            "-f", "h264", "-i", "pipe:0", "-frames:v", "1",
            "-vf", $"scale={Scaler}:in_color_matrix=bt601:in_range=tv,format=rgb24", "-f", "rawvideo", "pipe:1");
        if (pixels.Length != even.Pixels.Length)
            throw new MediaException($"ffmpeg returned {pixels.Length} bytes for a compressed picture of {size} pixels.");
        return even with { Pixels = pixels };
    }

    private static byte[] Run(FfmpegTools tools, byte[] input, CancellationToken cancellation, params string[] arguments)
    {
        var result = FfmpegProcess.Run(tools.Ffmpeg, ["-v", "error", .. arguments], input, cancellation).GetAwaiter().GetResult();
        return result.ExitCode == 0
            ? result.Output
            : throw new MediaException($"ffmpeg could not compress a conditioning image; is it built with libx264? It said: {result.Error}");
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
