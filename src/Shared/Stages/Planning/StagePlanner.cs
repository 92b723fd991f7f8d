using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages.Planning;

/// <summary>
/// Plans the stages of a clip; the only place that defines the pipelines. The plan depends on the settings alone, so a clip is
/// bit-identical wherever its stages run.
/// </summary>
public static class StagePlanner
{
    /// <summary>Returns the plan of a clip.</summary>
    public static StagePlan Plan(RenderSettings settings)
    {
        // Explicit in the manifest, so that another machine does not choose other tiles.
        settings = settings.Tiling == TilingMode.Auto ? settings with { Tiling = TilingMode.Official } : settings;
        var builder = new PlanBuilder(settings);
        return settings.Pipeline switch
        {
            PipelineKind.Distilled or PipelineKind.IcLora => DistilledPlan.Build(builder),
            PipelineKind.OneStage => OneStagePlan.Build(builder),
            PipelineKind.TwoStage or PipelineKind.TwoStageHq or PipelineKind.Keyframes or PipelineKind.AudioToVideo =>
                TwoStagePlan.Build(builder),
            PipelineKind.Retake => RetakePlan.Build(builder),
            PipelineKind.Extend => ExtendPlan.Build(builder),
            PipelineKind.Upscale => UpscalePlan.Build(builder),
            PipelineKind.TextToAudio => TextToAudioPlan.Build(builder),
            _ => throw new ArgumentOutOfRangeException(nameof(settings), settings.Pipeline, "Unknown pipeline."),
        };
    }
}
