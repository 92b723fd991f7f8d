using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Tests;

/// <summary>The installed ffmpeg and a plain way to run it.</summary>
internal static class Programs
{
    public static readonly FfmpegTools Tools = FfmpegTools.Find();

    public static async Task<byte[]> FfmpegAsync(byte[] input, params string[] arguments)
    {
        var result = await FfmpegProcess.RunAsync(Tools.Ffmpeg, ["-y", "-v", "error", .. arguments], input, CancellationToken.None);
        Assert.True(result.ExitCode == 0, result.Error);
        return result.Output;
    }
}
