using System.Globalization;
using System.Text.Json;
using MlxVideo.Cli;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Files;
using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Errors;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>The demo on the example batch, run as by a user, compared with <c>generate</c> clip by clip.</summary>
[Collection(nameof(SerialCollection))]
public sealed class DemoTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>
{
    [Fact]
    public async Task Frames_are_identical_for_any_number_of_workers_in_every_run_and_in_generate()
    {
        using var folder = new TemporaryFolder();
        var first = await DemoAsync(folder["2"], workers: 2);
        foreach (var (output, workers) in new[] { ("1", 1), ("3", 3) })
        {
            var report = await DemoAsync(folder[output], workers);
            Assert.Equal(Framemd5s(first), Framemd5s(report));
        }

        Assert.True(first.GetProperty("clips").GetArrayLength() >= 8);
        var rows = BatchCsv.Read(Installation.ExampleCsv, new NoProbe()).Rows;
        foreach (var (row, clip) in rows.Zip(first.GetProperty("clips").EnumerateArray()))
            await AssertMadeAsync(row, clip, folder["2"], folder["generated.mp4"]);
        await AssertRenderedAgainAsync(rows[0], Path.Combine(folder["2"], rows[0].Output), folder["again.mp4"]);
    }

    [Theory]
    [InlineData("HUP", 129)]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task Demo_stops_all_its_processes_on_a_termination_signal(string signal, int exitCode)
    {
        using var folder = new TemporaryFolder();
        using var demo = StartLongDemo(folder);
        await demo.WaitForOutputAsync("on worker-1");
        Assert.Equal(3, Descendants.Of(demo.Id).Count);
        await Signals.SendAsync(signal, demo.Id);
        var ended = await demo.WaitForResultAsync();
        ended.AssertFailed(exitCode, "Interrupted");
        Assert.Empty(Descendants.Of(demo.Id));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["tmp"]));
    }

    [Fact]
    public async Task Processes_of_a_killed_demo_end_on_their_own()
    {
        using var folder = new TemporaryFolder();
        using var demo = StartLongDemo(folder);
        await demo.WaitForOutputAsync("on worker-1");
        Assert.Equal(3, Descendants.Of(demo.Id).Count);
        await Signals.KillAsync(demo.Id);
        await Descendants.AssertEndAsync(demo.Id);
    }

    [Fact]
    public async Task Demo_ends_with_a_message_when_its_coordinator_dies()
    {
        using var folder = new TemporaryFolder();
        using var demo = StartLongDemo(folder);
        await demo.WaitForOutputAsync("on worker-1");
        await Signals.KillAsync(
            Descendants.Of(demo.Id).Single(daemon => daemon.Command.Contains("MlxVideo.Coordinator", StringComparison.Ordinal)).Id);
        var ended = await demo.WaitForResultAsync();
        ended.AssertFailed(ExitCodes.Failed, "coordinator ended");
        Assert.Empty(Descendants.Of(demo.Id));
        var report = JsonDocument.Parse(File.ReadAllText(folder["output/report.json"])).RootElement;
        Assert.Equal(8, report.GetProperty("failed").GetArrayLength() + report.GetProperty("clips").GetArrayLength());
    }

    private CliProcess StartLongDemo(TemporaryFolder folder)
    {
        var rows = string.Concat(Enumerable.Range(1, 8).Select(row => $"clip {row},256,256,97\n"));
        var csv = folder.Write("long.csv", $"prompt,width,height,num_frames\n{rows}");
        var temporary = Directory.CreateDirectory(folder["tmp"]).FullName;
        return CliProcess.Start(
            new Dictionary<string, string?> { ["TMPDIR"] = temporary, ["DOTNET_EnableDiagnostics"] = "0" },
            "demo", "--csv", csv, "--output", folder["output"], "--model", model.Folder);
    }

    private async Task<JsonElement> DemoAsync(string output, int workers)
    {
        var run = await CliProcess.RunAsync("demo", "--workers", $"{workers}", "--output", output, "--model", model.Folder);
        run.AssertDone();
        var report = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "report.json"))).RootElement;
        Assert.Equal(0, report.GetProperty("failed").GetArrayLength());
        Assert.Equal(
            Enumerable.Range(1, workers).Select(number => $"worker-{number}"), report.GetProperty("workers").EnumerateArray()
                .Select(name => name.GetString()));
        return report;
    }

    /// <summary>The clip matches its row, the report has its frame digest, and <c>generate</c> produces the same file.</summary>
    private async Task AssertMadeAsync(BatchRow row, JsonElement clip, string folder, string generated)
    {
        var file = Path.Combine(folder, row.Output);
        Assert.Equal(
            (row.Settings.Width, row.Settings.Height, row.Settings.NumFrames, $"{row.Settings.Fps}/1"), await ClipFile.ProbeAsync(file));
        var framemd5 = clip.GetProperty("framemd5").GetString();
        Assert.Equal(framemd5, await ClipFile.Framemd5Async(file));

        var images = row.Inputs.Images.SelectMany(
            image => new[] { "--image", image.Path, $"{image.Frame}", image.Strength.ToString(CultureInfo.InvariantCulture) });
        string[] negative = row.Settings.NegativePrompt is { } text ? ["--negative-prompt", text] : [];
        string[] arguments =
        [
            "generate", "--prompt", row.Settings.Prompt, .. negative, "--width", $"{row.Settings.Width}",
            "--height", $"{row.Settings.Height}", "--num-frames", $"{row.Settings.NumFrames}",
            "--fps", row.Settings.Fps.ToString(CultureInfo.InvariantCulture), "--seed", $"{row.Settings.Seed}", .. images, "--output",
            generated, "--overwrite", "--model", model.Folder,
        ];
        (await CliProcess.RunAsync(arguments)).AssertDone();
        Assert.Equal(framemd5, await ClipFile.Framemd5Async(generated));
        Assert.Equal(await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync(generated)); // including audio
    }

    /// <summary>A clip of a farm contains what <c>generate --from</c> needs to produce the same file.</summary>
    private async Task AssertRenderedAgainAsync(BatchRow row, string clip, string again)
    {
        var inputs = row.Inputs.Images.SelectMany(image => new[] { "--input", image.Path });
        (await CliProcess.RunAsync(["generate", "--from", clip, "--model", model.Folder, .. inputs, "--output", again])).AssertDone();
        Assert.Equal(await File.ReadAllBytesAsync(clip), await File.ReadAllBytesAsync(again));
    }

    private static IEnumerable<string?> Framemd5s(JsonElement report) =>
        report.GetProperty("clips").EnumerateArray().Select(clip => clip.GetProperty("framemd5").GetString());

    /// <summary>The demo has already read the images of the examples.</summary>
    private sealed class NoProbe : IMediaProbe
    {
        public string? ImageError(string path) => null;

        public MediaProperties Read(string path) => throw new NotSupportedException();
    }
}
