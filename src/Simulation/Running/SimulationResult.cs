namespace MlxVideo.Simulation.Running;

/// <summary>The result of a simulation.</summary>
/// <param name="Makespan">Seconds until the last clip was finished.</param>
/// <param name="Completions">Seconds until each clip was finished, by row.</param>
/// <param name="Failed">Number of unfinished clips.</param>
/// <param name="ModelLoads">Number of component loads.</param>
/// <param name="WastedSeconds">Computing time with an unused result.</param>
/// <param name="Spans">The Macs' activity.</param>
public sealed record SimulationResult(
    double Makespan, IReadOnlyDictionary<int, double> Completions, int Failed, int ModelLoads, double WastedSeconds,
    IReadOnlyList<WorkSpan> Spans)
{
    /// <summary>Mean seconds until a clip was finished.</summary>
    public double MeanCompletion => Completions.Count == 0 ? 0 : Completions.Values.Average();

    /// <summary>Seconds until the first clip was finished.</summary>
    public double FirstClip => Completions.Count == 0 ? 0 : Completions.Values.Min();
}

/// <summary>An interval of a Mac's activity, with times in seconds since the start.</summary>
/// <param name="Mac">Name of the Mac.</param>
/// <param name="Row">The clip's row; 0 for a prefetch.</param>
/// <param name="Stage">Id of the stage, or name of the prefetched component.</param>
/// <param name="ComputeFrom">End of loading and fetching.</param>
/// <param name="Wasted">True when the result was not used.</param>
/// <param name="IsOffload">True for evaluations offloaded from another Mac's attempt.</param>
public sealed record WorkSpan(
    string Mac, int Row, string Stage, double Start, double ComputeFrom, double End, bool Wasted, bool IsOffload = false);
