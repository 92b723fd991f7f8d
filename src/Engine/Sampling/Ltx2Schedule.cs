using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// Noise levels of undistilled models: a shifted linear schedule, stretched to end at a terminal level (golden/schedule:
/// <c>ltx2_scheduler</c>).
/// </summary>
public static class Ltx2Schedule
{
    /// <summary>Token count that the official one- and two-stage pipelines always assume.</summary>
    public const int DefaultTokens = 4096;

    private const int BaseAnchor = 1024;
    private const int MaxAnchor = 4096;

    /// <summary>Returns the levels, one more than steps; the last is 0. Computed in float32, like the reference.</summary>
    /// <param name="steps">At least 1; a single step, for which the formula is undefined, goes from 1 to 0.</param>
    /// <param name="tokens">Token count of the latent: frames × rows × columns.</param>
    /// <param name="maxShift">Shift at 4096 tokens; it grows linearly without a limit.</param>
    /// <param name="baseShift">Shift at 1024 tokens.</param>
    /// <param name="terminal">The level before 0; null to skip the stretching.</param>
    public static IReadOnlyList<float> Sigmas(
        int steps, int tokens = DefaultTokens, double maxShift = 2.05, double baseShift = 0.95, double? terminal = 0.1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        if (steps == 1)
            return [1, 0];
        var slope = (maxShift - baseShift) / (MaxAnchor - BaseAnchor);
        var shift = (float)Math.Exp(tokens * slope + (baseShift - slope * BaseAnchor));
        using var scope = TensorScope.Open();
        var sigmas = linspace(1, 0, steps + 1, ScalarType.Float32).data<float>().Take(steps)
            .Select(level => Shifted(level, shift)).ToArray();
        if (terminal is { } last)
            Stretch(sigmas, (float)(1 - last));
        return [.. sigmas, 0];
    }

    // The reference divides a scalar by a tensor as the tensor's reciprocal times the scalar, which affects the last bit.
    private static float Shifted(float level, float shift) => 1f / (shift + (1f / level - 1f)) * shift;

    private static void Stretch(float[] sigmas, float span)
    {
        var factor = (1f - sigmas[^1]) / span;
        for (var index = 0; index < sigmas.Length; index++)
            sigmas[index] = 1f - (1f - sigmas[index]) / factor;
    }
}
