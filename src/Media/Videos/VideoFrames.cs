using System.Diagnostics;
using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Videos;

/// <summary>Reads the frames of videos and images with ffmpeg, one at a time.</summary>
public static class VideoFrames
{
    /// <summary>Reads frames as 8-bit RGB, as displayed.</summary>
    /// <param name="count">Maximum number of frames.</param>
    /// <param name="step">Frames of the file per frame read, after the first.</param>
    /// <exception cref="UnreadableMediaException">The file is damaged or not a video.</exception>
    public static IEnumerable<NetpbmFrame> ReadRgb(
        FfmpegTools tools, string path, int count, int step, CancellationToken cancellationToken) =>
        Read(tools, path, count, step, ["-pix_fmt", "rgb24", "-c:v", "ppm"], cancellationToken);

    /// <summary>Reads frames as 16-bit greyscale, as displayed.</summary>
    /// <inheritdoc cref="ReadRgb"/>
    public static IEnumerable<NetpbmFrame> ReadGrey(
        FfmpegTools tools, string path, int count, CancellationToken cancellationToken) =>
        Read(tools, path, count, step: 1, ["-pix_fmt", "gray16be", "-c:v", "pgm"], cancellationToken);

    private static IEnumerable<NetpbmFrame> Read(
        FfmpegTools tools, string path, int count, int step, string[] format, CancellationToken cancellationToken)
    {
        const string exactScaling = "scale=flags=bilinear+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact";
        var selection = step == 1 ? "" : $"select='eq(n,0)+not(mod(n-1,{step}))',";
        var start = new ProcessStartInfo(
            tools.Ffmpeg,
            [.. InputFile.Arguments(path), "-map", "0:v:0", "-fps_mode", "passthrough", "-frames:v", $"{count}",
                "-vf", selection + exactScaling, .. format, "-f", "image2pipe", "pipe:1"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = FfmpegProcess.Start(start);
        using var ending = cancellationToken.Register(() => FfmpegProcess.End(process));
        try
        {
            var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            var output = new BufferedStream(process.StandardOutput.BaseStream, 1 << 20);
            while (NetpbmFrame.Read(output) is { } frame)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return frame;
            }

            process.WaitForExit();
            cancellationToken.ThrowIfCancellationRequested();
            var error = FfmpegErrors.Tail(errors.GetAwaiter().GetResult());
            if (process.ExitCode != 0)
                throw new UnreadableMediaException(
                    $"The video {path} can't be read: it is damaged or not a video (ffmpeg: {error}).");
        }
        finally
        {
            FfmpegProcess.End(process);
        }
    }
}
