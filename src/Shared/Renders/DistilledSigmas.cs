namespace MlxVideo.Shared.Renders;

/// <summary>Noise levels of the distilled pipeline (golden schedule: <c>distilled_stage1</c>, <c>distilled_stage2</c>).</summary>
public static class DistilledSigmas
{
    /// <summary>Denoise pass 1: eight steps from pure noise.</summary>
    public static IReadOnlyList<float> Pass1 { get; } = [1f, 0.99375f, 0.9875f, 0.98125f, 0.975f, 0.909375f, 0.725f, 0.421875f, 0f];

    /// <summary>Denoise pass 2: three steps that refine an upsampled latent; the first level is also the initial share of noise.</summary>
    public static IReadOnlyList<float> Pass2 { get; } = [0.909375f, 0.725f, 0.421875f, 0f];

    /// <summary>Returns the noise levels of denoise pass 1 or 2.</summary>
    public static IReadOnlyList<float> ForPass(int passIndex) => passIndex switch
    {
        1 => Pass1,
        2 => Pass2,
        _ => throw new ArgumentOutOfRangeException(nameof(passIndex), passIndex, "The distilled pipeline has denoise passes 1 and 2."),
    };
}
