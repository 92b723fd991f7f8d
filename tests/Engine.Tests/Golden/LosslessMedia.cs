using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using MlxVideo.Media.Ffmpeg;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>Writes reference tensors as media files that hold exactly their values.</summary>
internal static class LosslessMedia
{
    /// <summary>Writes RGB frames.</summary>
    /// <param name="frames">(F, H, W, 3), bytes.</param>
    /// <param name="sound">A WAV file to add; null for none.</param>
    public static void WriteVideo(string path, Tensor frames, double fps, string? sound = null)
    {
        string[] audio = sound is null ? [] : ["-i", sound, "-c:a", "pcm_f32le"];
        Run(path, frames.shape[2], frames.shape[1], fps, "rgb24", "gbrp", audio, frames.contiguous().data<byte>().ToArray());
    }

    /// <summary>Writes greyscale frames.</summary>
    /// <param name="values">(F, H, W) in 0 … 1, float32; stored with 16 bits.</param>
    public static void WriteMask(string path, Tensor values, double fps)
    {
        var samples = values.contiguous().data<float>().ToArray()
            .Select(value => (ushort)Math.Round(value * ushort.MaxValue)).ToArray();
        Run(path, values.shape[2], values.shape[1], fps, "gray16le", "gray16le", [], MemoryMarshal.AsBytes(samples.AsSpan()).ToArray());
    }

    private static void Run(
        string path, long width, long height, double fps, string from, string to, string[] audio, byte[] samples)
    {
        var start = new ProcessStartInfo(
            FfmpegTools.Find().Ffmpeg,
            ["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", from, "-s", $"{width}x{height}",
                "-r", fps.ToString(CultureInfo.InvariantCulture), "-i", "pipe:0", .. audio, "-c:v", "ffv1", "-pix_fmt", to, path])
        {
            RedirectStandardInput = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.BaseStream.Write(samples);
        process.StandardInput.Close();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
