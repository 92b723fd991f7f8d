namespace MlxVideo.Shared.Renders;

/// <summary>Selects a subset of a noise-level table for fewer steps.</summary>
public static class SigmaSubsampling
{
    /// <summary>
    /// Keeps <paramref name="steps"/> of a table's sigmas and its final 0. A single step starts at the first sigma; with
    /// <see cref="SubsamplingRule.Farthest"/>, a refinement (a table that does not start at 1) starts at its last one instead.
    /// </summary>
    /// <param name="sigmas">Noise levels in descending order, one more than steps; the last is 0.</param>
    /// <param name="steps">Number of steps to keep, from 1 to all.</param>
    public static IReadOnlyList<float> Take(IReadOnlyList<float> sigmas, int steps, SubsamplingRule rule)
    {
        var count = sigmas.Count - 1;
        if (steps < 1 || steps > count)
            throw new ArgumentOutOfRangeException(nameof(steps), steps, $"The table of sigmas allows 1 to {count} steps.");
        IEnumerable<int> kept = rule switch
        {
            SubsamplingRule.Uniform =>
                Enumerable.Range(0, steps)
                    .Select(step => steps == 1 ? 0 : (int)Math.Round((double)step * (count - 1) / (steps - 1), MidpointRounding.ToEven)),
            SubsamplingRule.Farthest => Farthest(sigmas.Take(count).Select(sigma => Math.Log(sigma)).ToArray(), steps),
            _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "Unknown subsampling rule."),
        };
        return [.. kept.Select(index => sigmas[index]), 0f];
    }

    /// <summary>Keeps the first and last levels, then repeatedly the level farthest from the kept ones on a logarithmic scale.</summary>
    private static IEnumerable<int> Farthest(double[] levels, int steps)
    {
        if (steps == 1)
            return [levels[0] == 0 ? 0 : levels.Length - 1];
        var kept = new SortedSet<int> { 0, levels.Length - 1 };
        while (kept.Count < steps)
            kept.Add(
                Enumerable.Range(0, levels.Length).Where(index => !kept.Contains(index))
                    .MaxBy(index => kept.Min(other => Math.Abs(levels[index] - levels[other]))));
        return kept;
    }
}

/// <summary>Selection of sigmas for fewer steps than a table has.</summary>
public enum SubsamplingRule
{
    /// <summary>The levels farthest apart on a logarithmic scale.</summary>
    Farthest,

    /// <summary>Levels at evenly spaced indices of the table.</summary>
    Uniform,
}
