using MlxVideo.Shared.Renders;

namespace MlxVideo.Engine.Sampling;

/// <summary>Guidance that may change as the noise falls.</summary>
/// <param name="Bins">Settings and the highest sigma that each is for; at least one.</param>
public sealed record GuidancePlan(IReadOnlyList<GuidanceBin> Bins)
{
    /// <summary>The same at every sigma.</summary>
    public static GuidancePlan Always(GuidanceSettings settings) => new([new GuidanceBin(double.PositiveInfinity, settings)]);

    /// <summary>The settings at a sigma: those of the lowest bin that reaches it, or of the highest one.</summary>
    public GuidanceSettings For(double sigma) =>
        (Bins.OrderBy(bin => bin.HighestSigma).FirstOrDefault(bin => bin.HighestSigma >= sigma)
            ?? Bins.MaxBy(bin => bin.HighestSigma)!).Settings;
}

/// <summary>Guidance for sigmas up to one.</summary>
/// <param name="HighestSigma">The highest sigma that the settings are for.</param>
/// <param name="Settings">The settings.</param>
public sealed record GuidanceBin(double HighestSigma, GuidanceSettings Settings);
