namespace MlxVideo.Simulation.Running;

/// <summary>What a simulated batch came to.</summary>
/// <param name="Makespan">Seconds until the last clip was finished.</param>
/// <param name="Completions">Seconds until each clip was finished, by row.</param>
/// <param name="Failed">Clips that were not finished.</param>
/// <param name="ModelLoads">Parts that were loaded.</param>
/// <param name="WastedSeconds">Computing whose result nobody took.</param>
/// <param name="Spans">Who did what when.</param>
public sealed record SimulationResult(
    double Makespan, IReadOnlyDictionary<int, double> Completions, int Failed, int ModelLoads, double WastedSeconds,
    IReadOnlyList<WorkSpan> Spans)
{
    /// <summary>Mean seconds until a clip was finished.</summary>
    public double MeanCompletion => Completions.Count == 0 ? 0 : Completions.Values.Average();

    /// <summary>Seconds until the first clip was finished.</summary>
    public double FirstClip => Completions.Count == 0 ? 0 : Completions.Values.Min();
}

/// <summary>A stretch of a Mac's time.</summary>
/// <param name="Mac">The Mac's name.</param>
/// <param name="Row">The clip's row; 0 for a prefetch.</param>
/// <param name="Stage">The stage's id, or the part that was loaded ahead.</param>
/// <param name="Start">Seconds since the start.</param>
/// <param name="ComputeFrom">When loading and fetching were over.</param>
/// <param name="End">When it ended.</param>
/// <param name="Wasted">True when nobody took the result.</param>
/// <param name="IsOffload">True when it computed evaluations for another Mac's attempt.</param>
public sealed record WorkSpan(
    string Mac, int Row, string Stage, double Start, double ComputeFrom, double End, bool Wasted, bool IsOffload = false);
