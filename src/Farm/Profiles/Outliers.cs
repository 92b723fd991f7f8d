namespace MlxVideo.Farm.Profiles;

/// <summary>
/// Limits the influence of outlier times. A stage during which the machine slept or swapped took many times its usual time and
/// says little about the next one. If the machine stays that slow, several such times in a row add up.
/// </summary>
internal static class Outliers
{
    /// <summary>A time that deviates by more than this factor is an outlier.</summary>
    public const double Factor = 8;

    /// <summary>Natural logarithm of <see cref="Factor"/>.</summary>
    public static readonly double LogFactor = Math.Log(Factor);

    /// <summary>Factor assumed for an outlier: it counts as twice, or half, the expected time.</summary>
    public const double CountsAs = 2;

    /// <summary>Returns the share of a deviation to learn from.</summary>
    /// <param name="off">Natural logarithm of the ratio of observed to expected time.</param>
    public static double Limit(double off) => Math.Abs(off) <= LogFactor ? off : Math.CopySign(Math.Log(CountsAs), off);

    /// <summary>Returns the observed time, limited when it is far above the expected one.</summary>
    public static double Limit(double seen, double expected) => seen > expected * Factor ? expected * CountsAs : seen;
}
