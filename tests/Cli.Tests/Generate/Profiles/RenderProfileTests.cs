using System.Text.Json;
using MlxVideo.Architecture.Tests;
using MlxVideo.Cli.Generate.Profiles;
using MlxVideo.Cli.Generate.Progress;
using MlxVideo.Cli.Tests.Generate.Progress;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;

namespace MlxVideo.Cli.Tests.Generate.Profiles;

public sealed class RenderProfileTests
{
    /// <summary>The keys of mlx-video's profiles.</summary>
    private static readonly string[] KeysOfPredecessor =
    [
        "elapsed_s", "num_frames", "fps", "pipeline", "stage1_steps", "stage2_steps", "eval_interval", "compile_step",
        "compile_step_stage1", "compile_step_stage2", "compile_shapeless", "fp32_euler", "audio", "audio_mode", "audio_steps", "phases_s",
        "peak_memory_gb",
    ];

    [Fact]
    public void Phases_are_those_of_mlx_video()
    {
        ProfileRecorder? recorder = null;
        Playback.Play(new RenderSettings { Prompt = "fox" }, plan => [recorder = new ProfileRecorder(new RenderPhases(plan))]);
        Assert.Equal(
            ["prompt_encode", "stage1_denoise", "upsample", "stage2_denoise", "audio_decode", "vae_decode", "video_write"],
            recorder!.Phases.Keys);
        Assert.Equal((9, 4), (recorder.Phases["stage1_denoise"], recorder.Phases["stage2_denoise"]));
        Assert.Equal(
            new StageTime("denoise-1", "stage1_denoise", 8, 9), recorder.Stages.Single(stage => stage.Stage == "denoise-1"));
        Assert.Equal(
            StagePlanner.Plan(new RenderSettings { Prompt = "fox" }).Stages.Select(stage => stage.Id),
            recorder.Stages.Select(stage => stage.Stage));
    }

    [Fact]
    public async Task Written_profile_has_all_documented_keys()
    {
        using var folder = new TemporaryFolder();
        var run = await CliProcess.RunAsync(
            new Dictionary<string, string?> { ["MLX_VIDEO_UI_JSON"] = "1", ["LTX_LOAD_CHUNK"] = "512" },
            "generate", "-p", "fox", "-W", "64", "-H", "64", "-n", "2", "-o", folder["clip.mp4"], "--profile-json", "--mem-log", "--debug");
        run.AssertDone();
        Assert.Equal(
            ["clip.mp4", "clip.mp4.json", "clip.profile.json"], Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName).Order());
        var profile = JsonDocument.Parse(await File.ReadAllTextAsync(folder["clip.profile.json"])).RootElement;
        var keys = profile.EnumerateObject().Select(property => property.Name).ToList();
        Assert.Empty(KeysOfPredecessor.Except(keys));
        var document = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "profile.md"));
        Assert.All(keys, key => Assert.Contains($"`{key}`", document));
        Assert.Equal(
            (9, 8, 3, true),
            (profile.GetProperty("num_frames").GetInt32(), profile.GetProperty("stage1_steps").GetInt32(),
                profile.GetProperty("stage2_steps").GetInt32(), profile.GetProperty("elapsed_s").GetDouble() > 0));
        Assert.Contains("Rendering 9 frames, because 2 is not", run.Error);
        Assert.Contains("The variable LTX_LOAD_CHUNK of mlx-video has no effect", run.Error);
        Assert.Contains("Memory after denoise-1: ", run.Error);
        Assert.Contains("pass1.latent: video (1, ", run.Error);
        Assert.Contains("MLX_VIDEO_UI_EVENT {", run.Output);
        Assert.Contains("stage1_denoise: ", run.Output);
        Assert.Equal(folder["clip.mp4"], run.Output.TrimEnd().Split(Environment.NewLine)[^1]);
    }
}
