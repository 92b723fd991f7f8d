namespace MlxVideo.Engine.Sampling;

/// <summary>Noise levels at the quantiles of a beta distribution, dense at both ends (golden/schedule: <c>beta_scheduler</c>).</summary>
public static class BetaSchedule
{
    private const double Shift = 2.37;
    private const int Levels = 10_000;
    private const double Shape = 0.6;

    /// <summary>The levels; steps that fall on the same table entry become one. The last is 0.</summary>
    /// <param name="steps">At least 1.</param>
    public static IReadOnlyList<float> Sigmas(int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        var entries = Enumerable.Range(0, steps)
            .Select(step =>
                (int)Math.Round(BetaDistribution.Quantile(1 - step / (double)steps, Shape, Shape) * (Levels - 1), MidpointRounding.ToEven))
            .Distinct();
        return [.. entries.Select(Level), 0];
    }

    private static float Level(int entry)
    {
        var shift = (float)Math.Exp(Shift);
        var time = (entry + 1) / (float)Levels;
        return 1f / (shift + (1f / time - 1f)) * shift;
    }
}
