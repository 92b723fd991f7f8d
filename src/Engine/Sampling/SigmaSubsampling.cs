namespace MlxVideo.Engine.Sampling;

/// <summary>Fewer steps from a table of noise levels: which of them are kept.</summary>
public static class SigmaSubsampling
{
    /// <summary>
    /// Keeps <paramref name="steps"/> of a table's sigmas and its final 0. One step starts at the first sigma, but a
    /// refinement (whose table does not start at 1) that takes the farthest points starts at its last one.
    /// </summary>
    /// <param name="sigmas">Falling, one more than steps, the last is 0.</param>
    /// <param name="steps">Steps to keep, from 1 to all.</param>
    /// <param name="rule">Which.</param>
    public static IReadOnlyList<float> Take(IReadOnlyList<float> sigmas, int steps, SubsamplingRule rule)
    {
        var count = sigmas.Count - 1;
        if (steps < 1 || steps > count)
            throw new ArgumentOutOfRangeException(nameof(steps), steps, $"This table of sigmas has 1 to {count} steps.");
        IEnumerable<int> kept = rule switch
        {
            SubsamplingRule.Uniform =>
                Enumerable.Range(0, steps)
                    .Select(step => steps == 1 ? 0 : (int)Math.Round((double)step * (count - 1) / (steps - 1), MidpointRounding.ToEven)),
            SubsamplingRule.Farthest => Farthest(sigmas.Take(count).Select(sigma => Math.Log(sigma)).ToArray(), steps),
            _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "Unknown rule."),
        };
        return [.. kept.Select(index => sigmas[index]), 0f];
    }

    /// <summary>The first and the last, then always the one that is farthest from those kept, on a logarithmic scale.</summary>
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

/// <summary>How sigmas are chosen when there are fewer steps than a table has.</summary>
public enum SubsamplingRule
{
    /// <summary>Those farthest apart on a logarithmic scale.</summary>
    Farthest,

    /// <summary>Evenly by their place in the table.</summary>
    Uniform,
}
