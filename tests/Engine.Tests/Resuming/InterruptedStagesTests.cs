using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Resuming;
using MlxVideo.Engine.Tests.Stages;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;

namespace MlxVideo.Engine.Tests.Resuming;

/// <summary>Denoise stages that are interrupted, and continued by another runner as after a restart of the engine.</summary>
public sealed class InterruptedStagesTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IDisposable
{
    private static readonly RenderSettings Distilled = new()
    {
        Prompt = "A red fox runs through fresh snow.",
        Width = 64,
        Height = 64,
        NumFrames = 9,
        Seed = 7,
    };

    private static readonly RenderSettings Guided = Distilled with
    {
        NegativePrompt = "blurry",
        Pipeline = PipelineKind.OneStage,
        Guided = GuidedSampling.Official with { Steps = 5 },
    };

    private static readonly IReadOnlyDictionary<string, RenderSettings> Clips = new Dictionary<string, RenderSettings>
    {
        ["distilled"] = Distilled,
        ["without audio"] = Distilled with { Audio = false },
        ["guided"] = Guided,
        ["second-order sampler"] = Guided with { Sampler = SamplerKind.Res2s, Guided = Guided.Guided with { Steps = 3 } },
        ["ancestral sampler"] = Guided with { Sampler = SamplerKind.EulerAncestral, Guided = Guided.Guided with { Steps = 3 } },
        ["steps that reuse predictions"] = Guided with
        {
            Guided = Guided.Guided with { Video = Guided.Guided.Video with { SkipStep = 2 } },
        },
        ["steps that reuse predictions of both modalities"] = Guided with
        {
            Guided = Guided.Guided with
            {
                Video = Guided.Guided.Video with { SkipStep = 1 },
                Audio = Guided.Guided.Audio with { SkipStep = 2 },
            },
        },
    };

    private readonly TemporaryFolder _folder = new();
    private readonly ManualClock _clock = new();
    private readonly List<string> _notices = [];

    public static TheoryData<string, bool> Cases()
    {
        var cases = new TheoryData<string, bool>();
        foreach (var clip in Clips.Keys)
            cases.Add(clip, clip.StartsWith("guided", StringComparison.Ordinal));
        cases.Add("distilled", true);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Stage_cancelled_after_any_step_continues_with_the_same_bits(string clip, bool streamed)
    {
        var files = Undisturbed(Clips[clip]);
        foreach (var stage in DenoiseStages(Clips[clip]))
        {
            for (var step = 1; step < stage.Steps; step++)
            {
                Cancel(stage, files, step, streamed);
                var (outputs, steps) = Run(stage, files, streamed);
                Assert.Equal(Enumerable.Range(step + 1, stage.Steps - step), steps);
                AssertSame(stage, files, outputs);
            }
        }

        Assert.Empty(Saved());
    }

    [Fact]
    public void Stage_of_a_killed_process_continues_from_the_last_saved_step()
    {
        var files = Undisturbed(Distilled);
        var stage = DenoiseStages(Distilled).First();
        Kill(stage, files, step: 7, secondsPerStep: 10);

        // Saved after steps 4 and 7: a later save would have risked more than 30 seconds.
        var (outputs, steps) = Run(stage, files);
        Assert.Equal([8], steps);
        AssertSame(stage, files, outputs);
    }

    [Fact]
    public void Slow_steps_are_all_saved_and_fast_ones_are_not()
    {
        var files = Undisturbed(Distilled);
        var stage = DenoiseStages(Distilled).First();
        Kill(stage, files, step: 3, secondsPerStep: 60);
        Assert.Equal(4, Run(stage, files).Steps[0]);
        Kill(stage, files, step: 7, secondsPerStep: 4);
        Assert.Equal(1, Run(stage, files).Steps[0]);
    }

    [Fact]
    public void Repeatedly_interrupted_stage_loses_nothing()
    {
        var files = Undisturbed(Guided);
        var stage = DenoiseStages(Guided).Single();
        foreach (var step in new[] { 1, 3, 4 })
            Cancel(stage, files, step);
        var (outputs, steps) = Run(stage, files);
        Assert.Equal([5], steps);
        AssertSame(stage, files, outputs);
        Assert.Equal(
            [1, 3, 4], _notices.Select(notice => int.Parse(notice.Split("after step ")[1].Split(' ')[0])));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Damaged_state_is_ignored(bool truncated)
    {
        var files = Undisturbed(Distilled);
        var stage = DenoiseStages(Distilled).First();
        Cancel(stage, files, step: 4);
        var saved = Assert.Single(Saved());
        var bytes = File.ReadAllBytes(saved);
        bytes[^40] ^= 1;
        File.WriteAllBytes(saved, truncated ? bytes[..^1] : bytes);

        var (outputs, steps) = Run(stage, files);
        Assert.Equal(1, steps[0]);
        AssertSame(stage, files, outputs);
    }

    [Fact]
    public void State_of_another_stage_is_ignored()
    {
        var (files, stage) = (Undisturbed(Distilled), DenoiseStages(Distilled).First());
        Cancel(stage, files, step: 4);
        var own = Assert.Single(Saved());
        var foreign = File.ReadAllBytes(own);
        File.Delete(own);

        var other = stage with { Seed = 8 };
        Cancel(other, files, step: 2);
        File.WriteAllBytes(Assert.Single(Saved()), foreign);
        Assert.Equal(1, Run(other, files).Steps[0]);
    }

    [Fact]
    public void Other_inputs_or_another_model_give_another_key()
    {
        var (files, stage) = (Undisturbed(Distilled), DenoiseStages(Distilled).First());
        Cancel(stage, files, step: 4);
        var digests = Digests(stage, files);
        Assert.Equal(4, Points().Of(stage, digests)!.Done);
        Assert.Equal(0, Points("another model").Of(stage, digests)!.Done);
        Assert.Equal(0, Points().Of(stage, digests.ToDictionary(digest => digest.Key, _ => new string('0', 64)))!.Done);
        Assert.Equal(0, Points().Of(stage with { Fps = 25 }, digests)!.Done);
        Assert.Null(Points().Of(stage, new Dictionary<string, string>()));
    }

    [Fact]
    public void Number_and_age_of_files_are_limited()
    {
        var (files, stage) = (Undisturbed(Distilled), DenoiseStages(Distilled).First());
        for (var seed = 0; seed < 10; seed++)
            Cancel(stage with { Seed = seed }, files, step: 1);
        _ = Points();
        Assert.Equal(8, Saved().Count);

        File.WriteAllText(_folder.File("resume", "leftover.safetensors.partial"), "");
        foreach (var file in Saved().Skip(3))
            File.SetLastWriteTimeUtc(file, _clock.GetUtcNow().UtcDateTime.AddDays(-8));
        foreach (var file in Saved().Take(3))
            File.SetLastWriteTimeUtc(file, _clock.GetUtcNow().UtcDateTime.AddDays(-6));
        _ = Points();
        Assert.Equal(3, Directory.GetFiles(_folder.File("resume")).Length);
    }

    [Fact]
    public void Stage_continues_when_its_state_can_not_be_saved()
    {
        var (files, stage) = (Undisturbed(Distilled), DenoiseStages(Distilled).First());
        var points = Points();
        Directory.Delete(_folder.File("resume"));
        var (outputs, _) = Run(stage, files, points: points, onStep: _ => _clock.Advance(TimeSpan.FromMinutes(1)));
        AssertSame(stage, files, outputs);
        Assert.Contains("can't be saved", Assert.Single(_notices, notice => notice.Contains("saved", StringComparison.Ordinal)));
    }

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<DenoiseStage> DenoiseStages(RenderSettings settings) =>
        StagePlanner.Plan(settings).Stages.OfType<DenoiseStage>();

    private static Dictionary<string, string> Digests(Stage stage, IReadOnlyDictionary<string, string> files) =>
        stage.Inputs.ToDictionary(input => input, input => BlobRef.OfFile(files[input]).Digest);

    private static void AssertSame(
        Stage stage, IReadOnlyDictionary<string, string> expected, IReadOnlyDictionary<string, string> actual) =>
        Assert.All(stage.Outputs, output => Assert.Equal(File.ReadAllBytes(expected[output]), File.ReadAllBytes(actual[output])));

    private List<string> Saved() => Directory.Exists(_folder.File("resume")) ? [.. Directory.GetFiles(_folder.File("resume")).Order()] : [];

    private ResumePoints Points(string origin = "tiny") =>
        new(_folder.File("resume"), origin, TimeSpan.FromSeconds(30), _clock, _notices.Add);

    private Dictionary<string, string> Undisturbed(RenderSettings settings)
    {
        using var runner = new StageRunner(tiny.Model);
        return ClipStages.Run(runner, settings, _folder.File("undisturbed"));
    }

    private void Cancel(DenoiseStage stage, IReadOnlyDictionary<string, string> files, int step, bool streamed = false)
    {
        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Run(
            stage, files, streamed, cancellation.Token, reached =>
            {
                if (reached == step)
                    cancellation.Cancel();
            }));
    }

    /// <summary>Ends a run without giving it the opportunity to save its state.</summary>
    private void Kill(DenoiseStage stage, IReadOnlyDictionary<string, string> files, int step, int secondsPerStep) =>
        Assert.Throws<StageException>(() => Run(stage, files, onStep: reached =>
        {
            _clock.Advance(TimeSpan.FromSeconds(secondsPerStep));
            if (reached == step)
                throw new InvalidOperationException("killed");
        }));

    /// <summary>Runs a stage with a new runner. Returns the files of its outputs and the reported steps.</summary>
    private (Dictionary<string, string> Outputs, List<int> Steps) Run(
        DenoiseStage stage, IReadOnlyDictionary<string, string> files, bool streamed = false,
        CancellationToken cancellationToken = default, Action<int>? onStep = null, ResumePoints? points = null)
    {
        using var runner = new StageRunner(tiny.Model, residency: streamed ? new ResidencyPolicy(1) : null);
        runner.Noticed += _notices.Add;
        var outputs = stage.Outputs.ToDictionary(output => output, output => _folder.File($"again-{output}"));
        var steps = new List<int>();
        runner.Run(
            stage, files, outputs, step =>
            {
                steps.Add(step.Done);
                onStep?.Invoke(step.Done);
            },
            cancellationToken, evaluations: null, (points ?? Points()).Of(stage, Digests(stage, files)));
        return (outputs, steps);
    }
}
