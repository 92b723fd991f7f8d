namespace MlxVideo.Simulation.Reports;

/// <summary>How a policy did in a scenario, over all seeds; the names are those of <c>simulate --json</c>.</summary>
/// <param name="Policy">Its name.</param>
/// <param name="Clips">Clips of the batch.</param>
/// <param name="Workers">Macs of the farm.</param>
/// <param name="Scenario">What happened meanwhile.</param>
/// <param name="MakespanOverBound">Makespan over the lower bound of the same seed.</param>
/// <param name="MeanCompletionS">Median over the seeds of the mean seconds until a clip was finished.</param>
/// <param name="FirstClipS">Median seconds until the first clip was finished.</param>
/// <param name="ModelLoads">Median number of parts that were loaded.</param>
/// <param name="WastedS">Median seconds of computing whose result nobody took.</param>
/// <param name="MakespanS">Median seconds until all were finished.</param>
/// <param name="BoundS">Median of the lower bound.</param>
/// <param name="Unfinished">Clips that were not finished, over all seeds.</param>
public sealed record PolicyResult(
    string Policy, int Clips, int Workers, string Scenario, Spread MakespanOverBound, double MeanCompletionS, double FirstClipS,
    double ModelLoads, double WastedS,
    double MakespanS, double BoundS, int Unfinished)
{
    /// <summary>
    /// Median of the lower bound from where the run stood when its fault struck (<see cref="Bounds.BoundFromFault"/>); null unless it was
    /// asked for, for other policies than the farm's own, without a single fault, for guided clips, and where too much was left for it.
    /// </summary>
    public double? BoundFromFaultS { get; init; }
}

/// <summary>Middle and far end of a number over all seeds.</summary>
/// <param name="Median">Half are at most this.</param>
/// <param name="P95">95 of a hundred are at most this.</param>
public sealed record Spread(double Median, double P95)
{
    private const double Far = 0.95;

    /// <summary>The spread of values.</summary>
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return new Spread(At(sorted, 0.5), At(sorted, Far));
    }

    /// <summary>The median of values.</summary>
    public static double MedianOf(IEnumerable<double> values) => Of(values).Median;

    /// <summary>The value below which a share lies; between two values it is interpolated.</summary>
    private static double At(List<double> sorted, double share)
    {
        var place = share * (sorted.Count - 1);
        var (below, above) = ((int)Math.Floor(place), (int)Math.Ceiling(place));
        // of infinite ones there is no difference
        return sorted[below] == sorted[above] ? sorted[below] : sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
