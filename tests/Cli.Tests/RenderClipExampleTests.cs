using System.Diagnostics;
using MlxVideo.Cli.Files;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Cli.Tests;

/// <summary>The example program in examples/RenderClip, which uses the engine as a library.</summary>
public sealed class RenderClipExampleTests
{
    [Fact]
    public async Task Example_renders_the_clip_that_generate_renders()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, await CommandLine.RunAsync(["model", "tiny", "--output", folder["model"]]));
        var example = Path.Combine(AppContext.BaseDirectory, "MlxVideo.RenderClip.dll");
        using var process = Process.Start(
            new ProcessStartInfo(Installation.Dotnet, [example, "A red fox", folder["model"], folder["example.mp4"]])
            {
                RedirectStandardOutput = true,
            })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("denoise-1: 8 of 8", output);
        Assert.Equal(
            0, await CommandLine.RunAsync(["generate", "-p", "A red fox", "-W", "96", "-H", "64", "-n", "9", "-s", "1", "--model",
                folder["model"], "-o", folder["generate.mp4"]]));
        Assert.Equal(await FramesAsync("generate.mp4"), await FramesAsync("example.mp4"));

        Task<string> FramesAsync(string name) => FrameHash.Md5Async(FfmpegTools.Find(), folder[name], CancellationToken.None);
    }
}
