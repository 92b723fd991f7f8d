namespace MlxVideo.Simulation.Reports;

/// <summary>A policy's results in a scenario over all seeds, with the property names of <c>simulate --json</c>.</summary>
/// <param name="Policy">Name of the policy.</param>
/// <param name="Clips">Number of clips in the batch.</param>
/// <param name="Workers">Number of Macs in the farm.</param>
/// <param name="Scenario">Name of the scenario.</param>
/// <param name="MakespanOverBound">Ratio of the makespan to the lower bound of its seed.</param>
/// <param name="MeanCompletionS">Median over the seeds of the clips' mean completion time, in seconds.</param>
/// <param name="FirstClipS">Median completion time of the first clip, in seconds.</param>
/// <param name="ModelLoads">Median number of component loads.</param>
/// <param name="WastedS">Median computing time with an unused result, in seconds.</param>
/// <param name="MakespanS">Median time until all clips were finished, in seconds.</param>
/// <param name="BoundS">Median lower bound, in seconds.</param>
/// <param name="Unfinished">Number of unfinished clips over all seeds.</param>
public sealed record PolicyResult(
    string Policy, int Clips, int Workers, string Scenario, Spread MakespanOverBound, double MeanCompletionS, double FirstClipS,
    double ModelLoads, double WastedS,
    double MakespanS, double BoundS, int Unfinished)
{
    /// <summary>
    /// Median lower bound from the run's state at its fault (<see cref="Bounds.BoundFromFault"/>), in seconds. Null unless requested, for
    /// policies other than the farm's own, without exactly one fault, for guided clips, and when too much work was left to compute it.
    /// </summary>
    public double? BoundFromFaultS { get; init; }
}

/// <summary>Median and 95th percentile of a quantity over all seeds.</summary>
public sealed record Spread(double Median, double P95)
{
    private const double Far = 0.95;

    /// <summary>Computes the spread of values.</summary>
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return new Spread(At(sorted, 0.5), At(sorted, Far));
    }

    /// <summary>Computes the median of values.</summary>
    public static double MedianOf(IEnumerable<double> values) => Of(values).Median;

    /// <summary>Computes the quantile of a share, interpolated between two values.</summary>
    private static double At(List<double> sorted, double share)
    {
        var place = share * (sorted.Count - 1);
        var (below, above) = ((int)Math.Floor(place), (int)Math.Ceiling(place));
        // The difference of two infinite values would be NaN.
        return sorted[below] == sorted[above] ? sorted[below] : sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
