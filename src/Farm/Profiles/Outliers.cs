namespace MlxVideo.Farm.Profiles;

/// <summary>
/// What counts of a time that is far off: a stage during which the machine slept or swapped took many times its usual time and
/// says little of the next one. If the machine stays that slow, several such times in a row add up.
/// </summary>
internal static class Outliers
{
    /// <summary>A time that is more than so many times off is an outlier.</summary>
    public const double Factor = 8;

    /// <summary>Natural logarithm of <see cref="Factor"/>.</summary>
    public static readonly double LogFactor = Math.Log(Factor);

    /// <summary>What an outlier counts as: twice, or half, the expected time.</summary>
    public const double CountsAs = 2;

    /// <summary>The part of a deviation that is learned from.</summary>
    /// <param name="off">Natural logarithm of seen over expected.</param>
    public static double Limit(double off) => Math.Abs(off) <= LogFactor ? off : Math.CopySign(Math.Log(CountsAs), off);

    /// <summary>A time, or what counts of it where it is far above the expected one.</summary>
    public static double Limit(double seen, double expected) => seen > expected * Factor ? expected * CountsAs : seen;
}
