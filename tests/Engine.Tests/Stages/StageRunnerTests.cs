using System.Text;
using System.Text.RegularExpressions;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Models.Tiny;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Engine.Tensors;
using MlxVideo.Media.Sound;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;
using MlxVideo.Shared.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Stages;

public sealed class StageRunnerTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IDisposable
{
    private static readonly RenderSettings Small =
        new() { Prompt = "A red fox runs through fresh snow.", Width = 128, Height = 64, NumFrames = 9, Seed = 7 };
    private static readonly RenderSettings Long = Small with { Width = 64, Height = 64, NumFrames = 89 };

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Identical_requests_give_identical_bytes()
    {
        using var runner = new StageRunner(tiny.Model);
        var first = Digests(ClipStages.Run(runner, Small, _folder.File("first")));
        Assert.Equal(first, Digests(ClipStages.Run(runner, Small, _folder.File("second"))));
        using var another = new StageRunner(tiny.Model);
        Assert.Equal(first, Digests(ClipStages.Run(another, Small, _folder.File("third"))));
    }

    [Fact]
    public void Separate_runner_per_stage_gives_the_same_bytes()
    {
        using var runner = new StageRunner(tiny.Model);
        var together = Digests(ClipStages.Run(runner, Long, _folder.File("together")));
        Assert.Equal(2, together.Keys.Count(name => name.StartsWith("video.tile.", StringComparison.Ordinal)));
        var runners = new List<StageRunner>();
        try
        {
            var apart = ClipStages.Run(
                _ =>
                {
                    runners.Add(new StageRunner(tiny.Model));
                    return runners[^1];
                },
                Long,
                _folder.File("apart"));
            Assert.Equal(together, Digests(apart));
        }
        finally
        {
            runners.ForEach(other => other.Dispose());
        }
    }

    [Fact]
    public void Stages_leak_no_tensors()
    {
        using var runner = new StageRunner(tiny.Model);
        ClipStages.Run(runner, Small, _folder.File("first"));
        var statistics = DisposeScopeManager.Statistics.TensorStatistics;
        var before = statistics.ThreadTotalLiveCount;
        ClipStages.Run(runner, Small, _folder.File("second"));
        Assert.Equal(before, statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Thread_count_is_set_on_the_computing_thread()
    {
        using var runner = new StageRunner(tiny.Model);
        var stage = StagePlanner.Plan(Small).Stages.OfType<EncodePromptStage>().Single();
        var outputs = new Dictionary<string, string> { [stage.Context] = _folder.File("context") };
        var threads = 0;
        var other = new Thread(() =>
        {
            set_num_threads(Environment.ProcessorCount + 1);
            runner.Run(stage, outputs, outputs, null, CancellationToken.None);
            threads = get_num_threads();
        });
        other.Start();
        other.Join();
        Assert.Equal(1, threads);
    }

    [Fact]
    public void Prompt_and_seed_change_the_frames()
    {
        using var runner = new StageRunner(tiny.Model);
        using var scope = NewDisposeScope();
        var frames = Frames(Small, "a");
        Assert.InRange(frames.std().item<float>(), 20, 100);
        Assert.InRange((frames - Frames(Small with { Seed = 8 }, "b")).abs().mean().item<float>(), 5, 200);
        Assert.InRange(
            (frames - Frames(Small with { Prompt = "Two boats on a calm lake at night." }, "c")).abs().mean().item<float>(), 5, 200);

        Tensor Frames(RenderSettings settings, string name)
        {
            using var file = SafetensorsFile.Open(ClipStages.Run(runner, settings, _folder.File(name))["video.tile.0"]);
            var stored = file.ReadTensor("frames");
            Assert.Equal([9, 64, 128, 3], stored.shape);
            return stored.to(ScalarType.Float32);
        }
    }

    [Fact]
    public void Model_over_the_weight_budget_gives_the_same_artefacts()
    {
        using var roomy = new StageRunner(tiny.Model);
        using var tight = new StageRunner(tiny.Model, residency: new ResidencyPolicy(1));
        var expected = ClipStages.Run(roomy, Small, _folder.File("roomy"));
        var actual = ClipStages.Run(tight, Small, _folder.File("tight"));
        Assert.Equal(expected.Keys, actual.Keys);
        Assert.All(expected, artefact => Assert.Equal(File.ReadAllBytes(artefact.Value), File.ReadAllBytes(actual[artefact.Key])));
    }

    [Fact]
    public void Enhanced_prompt_is_encoded_instead_of_the_written_one()
    {
        var notices = new List<string>();
        using var runner = new StageRunner(tiny.Model);
        runner.Noticed += notices.Add;
        var plain = Digests(ClipStages.Run(runner, Small, _folder.File("plain")));
        Assert.Empty(notices);
        var settings = Small with { Enhancement = new PromptEnhancement { MaxTokens = 24 } };
        var enhanced = ClipStages.Run(runner, settings, _folder.File("enhanced"));
        var prompt = File.ReadAllText(enhanced["prompt.enhanced"]);
        Assert.NotEqual(plain["prompt.context"], Digests(enhanced)["prompt.context"]);
        Assert.Equal(
            $"Enhanced prompt (cut off after 24 tokens; raise the maximum for a complete text): {PrintableText.Of(prompt, prompt.Length)}",
            Assert.Single(notices));
        var written = ClipStages.Run(runner, Small with { Prompt = prompt }, _folder.File("written"));
        Assert.All(written, artefact => Assert.Equal(BlobRef.OfFile(artefact.Value), BlobRef.OfFile(enhanced[artefact.Key])));
    }

    [Fact]
    public void Enhanced_prompt_does_not_depend_on_the_memory_for_weights()
    {
        var stage = (EnhancePromptStage)StagePlanner.Plan(Small with { Enhancement = new PromptEnhancement { MaxTokens = 6 } }).Stages[0];
        var steps = new List<string>();
        Assert.Equal(Run(residency: null), Run(new ResidencyPolicy(1)));
        Assert.Equal("1/6 2/6 3/6 4/6 5/6 6/6", string.Join(' ', steps.Take(6)));

        string Run(ResidencyPolicy? residency)
        {
            using var runner = new StageRunner(tiny.Model, residency: residency);
            var files = new Dictionary<string, string> { [stage.EnhancedPrompt] = _folder.File("enhanced") };
            runner.Run(stage, files, files, progress => steps.Add($"{progress.Done}/{progress.Total}"), CancellationToken.None);
            return File.ReadAllText(files[stage.EnhancedPrompt]);
        }
    }

    [Fact]
    public void Audio_length_matches_its_latent_and_content_depends_on_prompt_and_seed()
    {
        using var runner = new StageRunner(tiny.Model);
        var sound = Sound(Small, "a");
        // 9 frames at 25 fps: 9 audio latent frames, 4 · 9 − 3 spectrogram frames of 240 samples.
        Assert.Equal((24_000, 2, 2 * 33 * 240), (sound.SampleRate, sound.Channels, sound.Samples.Length));
        Assert.InRange(sound.Samples.Average(MathF.Abs), 0.005f, 0.5f);
        Assert.NotEqual(sound.Samples, Sound(Small with { Seed = 8 }, "b").Samples);
        Assert.NotEqual(sound.Samples, Sound(Small with { Prompt = "Two boats on a calm lake at night." }, "c").Samples);

        Waveform Sound(RenderSettings settings, string name) =>
            WaveFile.ReadFloat(ClipStages.Run(runner, settings, _folder.File(name))["sound"]);
    }

    [Fact]
    public void Video_only_model_renders_silent_clips_and_refuses_audio_requests()
    {
        TinyModel.Write(_folder.File("silent"), sound: false);
        using var runner = new StageRunner(ModelFolder.Open(_folder.File("silent")));
        Assert.Contains("video.tile.0", ClipStages.Run(runner, Small with { Audio = false }, _folder.File("good")).Keys);
        var ex = Assert.Throws<StageException>(() => ClipStages.Run(runner, Small, _folder.File("bad")));
        Assert.Equal(FailureKind.Input, ex.Kind);
        Assert.Equal(
            "This model does not generate audio; request the clip without it (audio = false in the CSV, --no-audio in generate).",
            ex.Message);
    }

    [Fact]
    public void Progress_is_reported_for_each_step()
    {
        using var runner = new StageRunner(tiny.Model);
        var plan = StagePlanner.Plan(Small);
        var files = ClipStages.Run(runner, Small, _folder.File("clip"));
        Assert.Equal("1/8 2/8 3/8 4/8 5/8 6/8 7/8 8/8", Progress<DenoiseStage>());
        Assert.Equal("1/1", Progress<DecodeVideoStage>());
        Assert.Equal("1/8 2/8 3/8 4/8 5/8 6/8 7/8 8/8", Progress<EncodePromptStage>());

        string Progress<TStage>()
            where TStage : Stage
        {
            var steps = new List<string>();
            runner.Run(plan.Stages.OfType<TStage>().First(), files, files, progress =>
                steps.Add($"{progress.Done}/{progress.Total}"), CancellationToken.None);
            return string.Join(' ', steps);
        }
    }

    [Fact]
    public void Cancelled_stage_stops_between_steps_and_writes_no_output()
    {
        using var runner = new StageRunner(tiny.Model);
        using var cancellationSource = new CancellationTokenSource();
        var files = ClipStages.Run(runner, Small, _folder.File("clip"));
        var outputs = new Dictionary<string, string> { ["pass1.latent"] = _folder.File("cancelled") };
        var steps = 0;
        Assert.Throws<OperationCanceledException>(() => runner.Run(
            StagePlanner.Plan(Small).Stages.OfType<DenoiseStage>().First(),
            files,
            outputs,
            _ =>
            {
                if (++steps == 3)
                    cancellationSource.Cancel();
            },
            cancellationSource.Token));
        Assert.Equal(3, steps);
        Assert.Empty(Directory.GetFiles(_folder.Path, "cancelled*"));
    }

    [Fact]
    public void Damaged_input_artefact_is_a_machine_failure()
    {
        using var runner = new StageRunner(tiny.Model);
        File.WriteAllText(_folder.File("damaged"), "no tensors here");
        var stage = new UpsampleStage { Id = "upsample", NumFrames = 9, Latent = "latent", Upsampled = "upsampled" };
        var files = new Dictionary<string, string> { ["latent"] = _folder.File("damaged"), ["upsampled"] = _folder.File("out") };
        var ex = Assert.Throws<StageException>(() => runner.Run(stage, files, files, null, CancellationToken.None));
        Assert.Equal(FailureKind.Machine, ex.Kind);
        Assert.Contains(_folder.File("damaged"), ex.Message);
    }

    [Theory]
    [InlineData(
        "vae.decoder.conv_in.conv.bias", "vae.decoder.conv_in.conv.bios",
        "1 missing: vae.decoder.conv_in.conv.bias; 1 not used by the model: vae.decoder.conv_in.conv.bios")]
    [InlineData(
        "model.diffusion_model.proj_out.bias", "model.diffusion_model.proj_out.bios", "1 missing: model.diffusion_model.proj_out.bias")]
    [InlineData("vae.per_channel_statistics.mean-of-means", "vae.per_channel_statistics.mean-of-moans",
        "1 missing: vae.per_channel_statistics.mean-of-means")]
    [InlineData("text_embedding_projection.aggregate_embed.weight", "text_embedding_projection.aggregate_embed.weighs",
        "1 missing: text_embedding_projection.aggregate_embed.weight")]
    public void Checkpoint_with_a_misnamed_key_is_refused_before_any_stage_runs(string key, string replacement, string expected)
    {
        var model = CopyOfTinyModel();
        var path = Path.Combine(model, "model.safetensors");
        var bytes = File.ReadAllText(path, Encoding.Latin1);
        File.WriteAllText(path, new Regex(Regex.Escape($"\"{key}\"")).Replace(bytes, $"\"{replacement}\"", 1), Encoding.Latin1);
        var ex = Assert.Throws<CheckpointException>(() => new StageRunner(ModelFolder.Open(model)));
        Assert.Contains(expected, ex.Message);
        Assert.Contains(path, ex.Message);
        Assert.DoesNotContain('\n', ex.Message);
    }

    [Fact]
    public void Checkpoint_key_of_no_known_component_is_refused()
    {
        var model = CopyOfTinyModel();
        var path = Path.Combine(model, "model.safetensors");
        using (var file = SafetensorsFile.Open(tiny.Model.CheckpointFile))
        {
            var stranger = TensorToWrite.Of<float>("stranger.weight", TensorDtype.F32, [1], new float[1]);
            SafetensorsWriter.Write(
                path, file.Header.Tensors.Keys.Select(key => SafetensorsTensors.ToWrite(key, file.ReadTensor(key))).Append(stranger),
                file.Header.Metadata);
        }

        var ex = Assert.Throws<CheckpointException>(() => new StageRunner(ModelFolder.Open(model)));
        Assert.Contains("1 not used by the model: stranger.weight", ex.Message);
    }

    [Fact]
    public void Stage_that_exceeds_memory_fails_as_out_of_memory()
    {
        using var runner = new StageRunner(tiny.Model);
        var files = ClipStages.Run(runner, Small, _folder.File("clip"));
        var huge = StagePlanner.Plan(Small).Stages.OfType<DenoiseStage>().First() with { Width = 1 << 22, Height = 1 << 22 };
        var ex = Assert.Throws<StageException>(() => runner.Run(huge, files, files, null, CancellationToken.None));
        Assert.Equal(FailureKind.OutOfMemory, ex.Kind);
        Assert.DoesNotContain('\n', ex.Message);
    }

    public void Dispose() => _folder.Dispose();

    private static Dictionary<string, string> Digests(Dictionary<string, string> files) =>
        files.ToDictionary(pair => pair.Key, pair => BlobRef.OfFile(pair.Value).Digest);

    private string CopyOfTinyModel()
    {
        var target = _folder.File("model");
        foreach (var file in Directory.GetFiles(tiny.Model.Path, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(tiny.Model.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return target;
    }
}
