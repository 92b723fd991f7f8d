namespace MlxVideo.Engine.Sampling;

/// <summary>The noise levels of the distilled pipeline (golden schedule: <c>distilled_stage1</c>, <c>distilled_stage2</c>).</summary>
public static class DistilledSigmas
{
    /// <summary>Eight steps from pure noise.</summary>
    public static IReadOnlyList<float> Stage1 { get; } = [1f, 0.99375f, 0.9875f, 0.98125f, 0.975f, 0.909375f, 0.725f, 0.421875f, 0f];

    /// <summary>Three steps that refine an upsampled latent; the first is also the share of noise it starts with.</summary>
    public static IReadOnlyList<float> Stage2 { get; } = [0.909375f, 0.725f, 0.421875f, 0f];

    /// <summary>The table of stage 1 or 2.</summary>
    public static IReadOnlyList<float> ForStage(int stage) => stage switch
    {
        1 => Stage1,
        2 => Stage2,
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, "The distilled pipeline has stages 1 and 2."),
    };
}
