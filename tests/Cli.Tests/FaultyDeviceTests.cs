using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Tests;

/// <summary><c>generate</c> on a device that fails its self-test.</summary>
public sealed class FaultyDeviceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FaultyDeviceTests() => Directory.CreateDirectory(_folder["cache"]);

    [Fact]
    public async Task Clip_is_rendered_on_the_cpu_and_the_wrong_operation_is_named()
    {
        (await CliProcess.RunAsync("model", "tiny", "--output", _folder["model"])).AssertDone();
        var faulty = await GenerateAsync("index-select-int32", "faulty.mp4", "--dtype", "bfloat16");
        faulty.AssertDone();
        Assert.Contains("The device 'cpu' computes 'index-select-int32' incorrectly", faulty.Error);
        Assert.Contains("rendering on the CPU in float32 instead", faulty.Error);

        // The reference settings need no test.
        var plain = await GenerateAsync("index-select-int32", "plain.mp4");
        plain.AssertDone();
        Assert.Equal("", plain.Error);
        Assert.Equal(await FramesAsync("plain.mp4"), await FramesAsync("faulty.mp4"));
        Assert.False(Directory.Exists(_folder["cache/mlx-video/self-test"]));
    }

    [Fact]
    public async Task Correct_device_is_tested_once_and_used()
    {
        (await CliProcess.RunAsync("model", "tiny", "--output", _folder["model"])).AssertDone();
        var first = await GenerateAsync(null, "first.mp4", "--dtype", "bfloat16");
        first.AssertDone();
        Assert.Equal("Testing cpu bfloat16 plain before its first use.", first.Error.Trim());
        var second = await GenerateAsync(null, "second.mp4", "--dtype", "bfloat16");
        second.AssertDone();
        Assert.Equal("", second.Error);
        var plain = await GenerateAsync(null, "plain.mp4");
        plain.AssertDone();
        Assert.Equal(await FramesAsync("first.mp4"), await FramesAsync("second.mp4"));
        Assert.NotEqual(await FramesAsync("plain.mp4"), await FramesAsync("first.mp4"));
    }

    [Fact]
    public async Task Unknown_fault_is_refused_before_anything_is_rendered()
    {
        var run = await GenerateAsync("nothing", "clip.mp4", "--dtype", "bfloat16");
        run.AssertFailed(ExitCodes.BadInput, "no operation 'nothing'");
        Assert.False(File.Exists(_folder["clip.mp4"]));
    }

    public void Dispose() => _folder.Dispose();

    private Task<string> FramesAsync(string name) => FrameHash.Md5Async(FfmpegTools.Find(), _folder[name], CancellationToken.None);

    private Task<CliResult> GenerateAsync(string? fault, string output, params string[] more) => CliProcess.RunAsync(
        new Dictionary<string, string?> { ["MLXVIDEO_SELFTEST_BREAK"] = fault, ["XDG_CACHE_HOME"] = _folder["cache"] },
        ["generate", "--prompt", "A red fox", "--width", "64", "--height", "64", "--num-frames", "9", "--model", _folder["model"],
            "--output", _folder[output], .. more]);
}
