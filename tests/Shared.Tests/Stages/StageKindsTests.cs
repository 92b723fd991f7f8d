using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;

namespace MlxVideo.Shared.Tests.Stages;

public sealed class StageKindsTests
{
    private static readonly RenderSettings Settings = new()
    {
        Prompt = "a fox",
        Enhancement = new PromptEnhancement(),
        Pipeline = PipelineKind.Distilled,
        Width = 768,
        Height = 512,
        NumFrames = 121,
        Images = [new ImageConditioning(new BlobRef(new string('a', 64), 1))],
    };

    [Fact]
    public void Every_stage_type_is_registered_once()
    {
        var types = typeof(Stage).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Stage)));
        Assert.Equal(types.OrderBy(type => type.Name), StageKinds.All.Select(kind => kind.StageType).OrderBy(type => type.Name));
    }

    [Fact]
    public void Every_stage_kind_estimates_the_cost_of_its_stages()
    {
        var video = new VideoFile(new BlobRef(new string('b', 64), 1), 512, 512, 121, 24, HasAudio: true);
        var retake = Settings with { Pipeline = PipelineKind.Retake, Source = video, Interval = new(0, 1), Images = [] };
        var stages = StagePlanner.Plan(Settings).Stages.Concat(StagePlanner.Plan(retake).Stages).ToList();
        Assert.Equal(StageKinds.All.Count, stages.Select(StageKinds.Of).Distinct().Count());
        Assert.All(stages, stage =>
        {
            var kind = StageKinds.Of(stage);
            Assert.StartsWith(kind.Id, stage.Id, StringComparison.Ordinal);
            Assert.InRange(kind.TeraOperations(stage, Settings), 1e-6, 1e6);
            Assert.InRange(kind.AssumedEfficiency, 0.01, 1);
            Assert.Equal(kind.Component is null, kind.ActivationElements(stage, Settings) == 0);
            Assert.Equal(kind.Component is null, kind.OutputBytes(stage, Settings) == 0);
        });
    }

    [Fact]
    public void Only_denoise_stages_have_multiple_steps() => Assert.All(StagePlanner.Plan(Settings).Stages, stage =>
        Assert.Equal((stage as DenoiseStage)?.Steps ?? 1, StageKinds.Of(stage).Steps(stage).Count));
}
