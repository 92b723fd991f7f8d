namespace MlxVideo.Engine.Sampling;

/// <summary>Noise levels that fall slowly in even steps, then quadratically (golden/schedule: <c>linear_quadratic</c>).</summary>
public static class LinearQuadraticSchedule
{
    /// <summary>The levels, one more than steps; the last is 0.</summary>
    /// <param name="steps">At least 1.</param>
    /// <param name="threshold">How far the even steps go down.</param>
    /// <param name="linearSteps">Even steps; half of all by default.</param>
    public static IReadOnlyList<float> Sigmas(int steps, double threshold = 0.025, int? linearSteps = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        if (steps == 1)
            return [1, 0];
        var linear = linearSteps ?? steps / 2;
        if (linear < 1 || linear >= steps)
            throw new ArgumentOutOfRangeException(nameof(linearSteps), linearSteps, $"Of {steps} steps, 1 to {steps - 1} can be even.");
        var quadratic = steps - linear;
        var gap = linear - threshold * steps;
        var square = gap / (linear * Math.Pow(quadratic, 2));
        var slope = threshold / linear - 2 * gap / Math.Pow(quadratic, 2);
        var offset = square * Math.Pow(linear, 2);
        var falls = Enumerable.Range(0, linear).Select(step => step * threshold / linear)
            .Concat(Enumerable.Range(linear, quadratic).Select(step => square * step * step + slope * step + offset));
        return [.. falls.Select(fall => (float)(1 - fall)), 0];
    }
}
