using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>Properties of a clip as reported by ffmpeg's own tools.</summary>
internal static class ClipFile
{
    /// <summary>MD5 of the framemd5 muxer's output.</summary>
    public static async Task<string> Framemd5Async(string path)
    {
        var listing = await RunAsync("ffmpeg", "-v", "error", "-i", path, "-map", "0:v:0", "-fflags", "+bitexact", "-f", "framemd5", "-");
        return Convert.ToHexStringLower(MD5.HashData(listing));
    }

    /// <summary>MD5 of the decoded data of each stream, as lines.</summary>
    public static async Task<string> StreamHashesAsync(string path) => Encoding.UTF8.GetString(
        await RunAsync("ffmpeg", "-v", "error", "-i", path, "-map", "0", "-fflags", "+bitexact", "-f", "streamhash", "-hash", "md5", "-"));

    /// <summary>Width, height, counted frames and frame rate as a fraction.</summary>
    public static async Task<(int Width, int Height, int Frames, string Rate)> ProbeAsync(string path)
    {
        var json = await RunAsync(
            "ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries",
            "stream=width,height,nb_read_frames,r_frame_rate", "-of", "json", path);
        var stream = JsonDocument.Parse(json).RootElement.GetProperty("streams")[0];
        return (
            stream.GetProperty("width").GetInt32(), stream.GetProperty("height").GetInt32(),
            int.Parse(stream.GetProperty("nb_read_frames").GetString()!),
            stream.GetProperty("r_frame_rate").GetString()!);
    }

    /// <summary>Runs a program and returns its output.</summary>
    public static async Task<byte[]> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        using var output = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(output);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output.ToArray();
    }
}
