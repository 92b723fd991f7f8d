using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Cli.Tests.Generate;

/// <summary>Rendering clips again from their manifests.</summary>
public sealed class ReplayTests : IDisposable
{
    private static readonly FfmpegTools Tools = FfmpegTools.Find();

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Clip_is_rendered_again_from_its_container_or_its_manifest_with_the_same_bytes()
    {
        Assert.Equal(0, await CommandLine.RunAsync(["model", "tiny", "--output", _folder["model"], "--seed", "3"]));
        var image = await WriteImageAsync("red.png", "red");
        (await CliProcess.RunAsync(
            "generate", "--prompt", "A \"red\" fox; #1 = best\\worst", "--pipeline", "one-stage", "--steps", "2", "--width", "96",
            "--height", "64", "--num-frames", "9", "--seed", "9", "--image", image, "0", "0.8", "--threads", "2", "--quantize", "4:32",
            "--model", _folder["model"], "--crf", "23", "--output", _folder["clip.mp4"])).AssertDone();
        foreach (var (source, output) in new[] { ("clip.mp4", "a.mp4"), ("clip.mp4.json", "b.mp4") })
        {
            (await CliProcess.RunAsync("generate", "--from", _folder[source], "--output", _folder[output])).AssertDone();
            Assert.Equal(await File.ReadAllBytesAsync(_folder["clip.mp4"]), await File.ReadAllBytesAsync(_folder[output]));
        }

        // Without the file beside it, the clip does not say where its files are.
        File.Move(_folder["clip.mp4"], _folder["moved.mp4"]);
        File.Move(image, _folder["renamed.png"]);
        var digest = BlobRef.OfFile(_folder["renamed.png"]).Digest;
        (await ReplayAsync("moved.mp4", "c.mp4", "--model", _folder["model"])).AssertFailed(2, digest, "add it with --input PATH");
        (await ReplayAsync("moved.mp4", "c.mp4", "--input", _folder["renamed.png"])).AssertFailed(2, "give its folder with --model");
        (await ReplayAsync("moved.mp4", "c.mp4", "--model", _folder["model"], "--input", _folder["renamed.png"])).AssertDone();
        Assert.Equal(await FramesAsync("moved.mp4"), await FramesAsync("c.mp4"));
    }

    [Fact]
    public async Task Clip_is_rendered_again_in_the_same_parts()
    {
        Assert.Equal(0, await CommandLine.RunAsync(["model", "tiny", "--output", _folder["model"]]));
        (await CliProcess.RunAsync(
            "generate", "--prompt", "fox", "--width", "64", "--height", "64", "--num-frames", "33", "--part-frames", "17",
            "--overlap-frames", "9", "--model", _folder["model"], "--output", _folder["clip.mp4"])).AssertDone();
        (await ReplayAsync("clip.mp4.json", "again.mp4")).AssertDone();
        Assert.Equal(await File.ReadAllBytesAsync(_folder["clip.mp4"]), await File.ReadAllBytesAsync(_folder["again.mp4"]));
        (await ReplayAsync("clip.mp4", "other.mp4", "--part-frames", "25")).AssertFailed(2, "--part-frames: ", "determines the clip");
    }

    [Fact]
    public async Task Files_without_a_manifest_and_conflicting_options_are_refused()
    {
        var image = await WriteImageAsync("red.png", "red");
        (await ReplayAsync("nothing.mp4", "a.mp4")).AssertFailed(2, "--from: ", "nothing.mp4 does not exist");
        (await ReplayAsync("red.png", "a.mp4")).AssertFailed(2, "has no manifest");
        await File.WriteAllTextAsync(_folder["other.json"], "{\"format\":\"x\"}");
        (await ReplayAsync("other.json", "a.mp4")).AssertFailed(2, "has no manifest of this version");
        (await ReplayAsync("red.png", "a.mp4", "--seed", "3")).AssertFailed(2, "--seed: ", "determines the clip");
        (await CliProcess.RunAsync("generate", "--prompt", "fox", "--input", image))
            .AssertFailed(2, "--input: the option belongs to --from");
        (await CliProcess.RunAsync("generate")).AssertFailed(2, "--prompt: The prompt is empty");
    }

    public void Dispose() => _folder.Dispose();

    private Task<CliResult> ReplayAsync(string source, string output, params string[] more) =>
        CliProcess.RunAsync(["generate", "--from", _folder[source], "--output", _folder[output], .. more]);

    private Task<string> FramesAsync(string name) => FrameHash.Md5Async(Tools, _folder[name], CancellationToken.None);

    private async Task<string> WriteImageAsync(string name, string colour)
    {
        using var ffmpeg = System.Diagnostics.Process.Start(
            Tools.Ffmpeg, ["-v", "error", "-f", "lavfi", "-i", $"color={colour}:s=96x64", "-frames:v", "1", _folder[name]]);
        await ffmpeg.WaitForExitAsync();
        return _folder[name];
    }
}
