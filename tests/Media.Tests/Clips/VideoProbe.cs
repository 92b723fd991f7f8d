using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Clips;

/// <summary>Properties of a file's first video stream, as reported by ffprobe.</summary>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Frames">Number of frames, counted by decoding them.</param>
/// <param name="Rate">Frames per second.</param>
/// <param name="Codec">ffmpeg's name of the codec: <c>h264</c>.</param>
/// <param name="PixelFormat">ffmpeg's name of the pixel format: <c>yuv420p</c>.</param>
/// <param name="ColorSpace">Tag of the YUV matrix, or null.</param>
/// <param name="ColorRange">Tag of the value range, or null.</param>
public sealed record VideoInfo(
    int Width, int Height, int Frames, FrameRate Rate, string Codec, string PixelFormat, string? ColorSpace, string? ColorRange);

/// <summary>Reads the properties of video files with ffprobe.</summary>
public static class VideoProbe
{
    private const string Entries = "stream=codec_name,width,height,pix_fmt,r_frame_rate,nb_read_frames,color_space,color_range";

    /// <summary>Reads the properties of a file's first video stream.</summary>
    /// <exception cref="MediaException">The file can't be read or has no video stream.</exception>
    public static async Task<VideoInfo> ReadAsync(FfmpegTools tools, string path, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(
            tools.Ffprobe,
            ["-v", "error", "-select_streams", "v:0", "-count_frames", "-show_entries", Entries, "-of", "json",
                $"file:{Path.GetFullPath(path)}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
            throw new MediaException($"ffprobe can't read the video {path}: {await errors}");
        using var answer = JsonDocument.Parse(output);
        if (!answer.RootElement.TryGetProperty("streams", out var streams) || streams.GetArrayLength() == 0)
            throw new MediaException($"{path} has no video stream.");
        var stream = streams[0];
        return new VideoInfo(
            stream.GetProperty("width").GetInt32(),
            stream.GetProperty("height").GetInt32(),
            int.Parse(stream.GetProperty("nb_read_frames").GetString()!, CultureInfo.InvariantCulture),
            FrameRate.Parse(stream.GetProperty("r_frame_rate").GetString()!),
            stream.GetProperty("codec_name").GetString()!,
            stream.GetProperty("pix_fmt").GetString()!,
            Text(stream, "color_space"),
            Text(stream, "color_range"));
    }

    private static string? Text(JsonElement stream, string name) => stream.TryGetProperty(name, out var value) ? value.GetString() : null;
}
