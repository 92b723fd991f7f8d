using MlxVideo.Cli;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Engine.Models.Tiny;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Renders;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>Worker processes with different models in one farm.</summary>
public sealed class TwoModelsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TwoModelsTests()
    {
        TinyModel.Write(_folder["red"]);
        TinyModel.Write(_folder["blue"], seed: 9);
    }

    [Fact]
    public async Task Each_batch_is_rendered_by_its_own_model_with_the_frames_of_generate()
    {
        await using var farm = await FarmUnderTest.StartWithoutWorkersAsync();
        await Task.WhenAll(farm.AddWorkerAsync("w1", "--model", _folder["red"]), farm.AddWorkerAsync("w2", "--model", _folder["blue"]));
        string[] models = ["red", "blue", "red", "blue"];
        RenderSettings[] clips = [Clip("x"), Clip("y")];

        var batches = await Task.WhenAll(models.Select(model => farm.SubmitAsync(new ClipConstraints(), model, clips)));
        var views = await Task.WhenAll(batches.Select(farm.UntilFinishedAsync));

        foreach (var (model, view) in models.Zip(views))
        {
            Assert.All(view.Clips.SelectMany(clip => clip.Stages).Where(stage => stage.Stage != "mux"), stage =>
                Assert.True(stage.Worker is null || stage.Worker == (model == "red" ? "w1" : "w2"), $"{model}: {stage}"));
            foreach (var clip in view.Clips)
                Assert.Equal(await GeneratedAsync(model, clip.Settings), clip.Framemd5);
        }

        Assert.Equal(2, views.Select(view => view.Model).Distinct().Count());
        Assert.NotEqual(views[0].Clips[0].Framemd5, views[1].Clips[0].Framemd5);
    }

    [Fact]
    public async Task Submission_without_a_model_is_refused_and_rows_may_name_theirs()
    {
        await using var farm = await FarmUnderTest.StartWithoutWorkersAsync();
        await Task.WhenAll(farm.AddWorkerAsync("w1", "--model", _folder["red"]), farm.AddWorkerAsync("w2", "--model", _folder["blue"]));
        var csv = _folder.Write("one.csv", "prompt,width,height,num_frames\na cat,64,64,9\n");
        string[] submit = ["farm", "submit", csv, "--api", farm.Api.ToString(), "--wait", "--output", _folder["clips"]];

        (await CliProcess.RunAsync(submit)).AssertFailed(ExitCodes.Failed, "--model", "red (", ") on w1", "blue (", ") on w2");
        (await CliProcess.RunAsync([.. submit, "--model", "green"])).AssertFailed(ExitCodes.Failed, "'green'", "red (");
        (await CliProcess.RunAsync([.. submit, "--model", "blue"])).AssertDone();

        var mixed = _folder.Write("mixed.csv", "prompt,model,width,height,num_frames,output\na cat,red,64,64,9,r\na cat,blue,64,64,9,b\n");
        (await CliProcess.RunAsync(["farm", "submit", mixed, .. submit[3..^1], _folder["mixed"]])).AssertDone();
        foreach (var (model, output) in new[] { ("red", "r.mp4"), ("blue", "b.mp4") })
        {
            var settings = new RenderSettings { Prompt = "a cat", Width = 64, Height = 64, NumFrames = 9 };
            Assert.Equal(await GeneratedAsync(model, settings), await ClipFile.Framemd5Async(_folder[$"mixed/{output}"]));
        }
    }

    public void Dispose() => _folder.Dispose();

    private static RenderSettings Clip(string prompt) => Sample.Short(1) with { Prompt = prompt };

    private async Task<string> GeneratedAsync(string model, RenderSettings settings)
    {
        var file = _folder["generated.mp4"];
        var run = await CliProcess.RunAsync(
            "generate", "--prompt", settings.Prompt, "--width", $"{settings.Width}", "--height", $"{settings.Height}",
            "--num-frames", $"{settings.NumFrames}", "--seed", $"{settings.Seed}", "--output", file, "--overwrite", "--model",
            _folder[model]);
        run.AssertDone();
        return await ClipFile.Framemd5Async(file);
    }
}
