using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;

namespace MlxVideo.Engine.Tests.Stages;

public sealed class MemoryPlanTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IDisposable
{
    // Includes every stage kind that reads a size from its inputs; the requested size is rendered exactly.
    private static readonly RenderSettings Settings =
        new() { Prompt = "A red fox runs through fresh snow.", Width = 128, Height = 64, NumFrames = 17, Fps = 25, Seed = 7 };
    private static readonly StagePlan Plan = StagePlanner.Plan(Settings);

    private readonly TemporaryFolder _folder = new();
    private readonly List<ComponentsChanged> _changes = [];

    public static TheoryData<string> Stages() => [.. Plan.Stages.Where(stage => stage is not MuxStage).Select(stage => stage.Id)];

    [Theory]
    [MemberData(nameof(Stages))]
    public void Stage_runs_if_and_only_if_the_schedulers_estimate_fits(string stageId)
    {
        using var unlimited = new StageRunner(tiny.Model);
        var files = ClipStages.Run(unlimited, Settings, _folder.File("clip"));
        var stage = Plan.Stages.Single(stage => stage.Id == stageId);
        var weights = unlimited.Sizes().Single(size => size.Component == StageKinds.Of(stage).Component).MinBytes;
        var needed = weights + (long)Math.Ceiling(StageKinds.Of(stage).ActivationElements(stage, Settings) * 4);

        using var roomy = Runner(needed);
        roomy.Prepare(stage, files);
        Assert.Equal(StageKinds.Of(stage).Component, Assert.Single(_changes).Loaded);
        roomy.Run(stage, files, files, null, CancellationToken.None);
        Assert.Single(_changes);

        _changes.Clear();
        using var tight = Runner(needed - 1);
        foreach (
            var ex in new[] { Assert.Throws<StageException>(() => tight.Prepare(stage, files)),
                Assert.Throws<StageException>(() => tight.Run(stage, files, files, null, CancellationToken.None)) })
        {
            Assert.Equal(FailureKind.OutOfMemory, ex.Kind);
            Assert.StartsWith($"Stage {stageId} needs ", ex.Message);
        }

        Assert.Empty(_changes);
    }

    [Fact]
    public void Images_are_counted_at_the_clip_size()
    {
        using var tight = Runner(1);
        var stage =
            new EncodeConditioningStage
            {
                Id = "encode-conditioning",
                Images = ["image.0"],
                ImageCrf = 0,
                Targets = [new(4096, 4096, "latents")]
            };
        var ex = Assert.Throws<StageException>(() => tight.Prepare(stage, new Dictionary<string, string>()));
        Assert.Equal(
            "Stage encode-conditioning needs 2.0 GiB (0.0 for weights, 2.0 for activations), but this machine has 0.0 GiB for it; render "
                + "a smaller or shorter clip, or use a machine with more memory.",
            ex.Message);
    }

    [Fact]
    public void Component_is_loaded_ahead_only_if_it_fits()
    {
        var bytes = new StageRunner(tiny.Model).Sizes().Single(size => size.Component == ModelComponent.VideoDecoder).Bytes;
        using var tight = Runner(bytes - 1);
        Assert.Equal(FailureKind.OutOfMemory, Assert.Throws<StageException>(() => tight.Prepare(ModelComponent.VideoDecoder)).Kind);
        Assert.Empty(_changes);
        using var roomy = Runner(bytes);
        roomy.Prepare(ModelComponent.VideoDecoder);
        Assert.Equal(ModelComponent.VideoDecoder, Assert.Single(_changes).Loaded);
    }

    public void Dispose() => _folder.Dispose();

    private StageRunner Runner(long memoryLimit)
    {
        var runner = new StageRunner(tiny.Model, memoryLimit: memoryLimit);
        runner.ComponentsChanged += _changes.Add;
        return runner;
    }
}
