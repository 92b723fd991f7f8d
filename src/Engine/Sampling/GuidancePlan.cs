using MlxVideo.Shared.Renders;

namespace MlxVideo.Engine.Sampling;

/// <summary>Guidance that may depend on sigma.</summary>
/// <param name="Bins">At least one, in any order.</param>
public sealed record GuidancePlan(IReadOnlyList<GuidanceBin> Bins)
{
    /// <summary>Returns a plan with equal settings at every sigma.</summary>
    public static GuidancePlan Always(GuidanceSettings settings) => new([new GuidanceBin(double.PositiveInfinity, settings)]);

    /// <summary>Returns the settings of the lowest bin that reaches a sigma, or of the highest bin when none does.</summary>
    public GuidanceSettings For(double sigma) =>
        (Bins.OrderBy(bin => bin.HighestSigma).FirstOrDefault(bin => bin.HighestSigma >= sigma)
            ?? Bins.MaxBy(bin => bin.HighestSigma)!).Settings;
}

/// <summary>Guidance settings for sigmas up to a limit.</summary>
/// <param name="HighestSigma">The highest sigma that the settings apply to.</param>
public sealed record GuidanceBin(double HighestSigma, GuidanceSettings Settings);
