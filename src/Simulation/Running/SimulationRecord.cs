namespace MlxVideo.Simulation.Running;

/// <summary>What is written down while a simulation runs.</summary>
internal sealed class SimulationRecord
{
    private readonly List<WorkSpan> _spans = [];

    /// <summary>Who did what when.</summary>
    public IReadOnlyList<WorkSpan> Spans => _spans;

    /// <summary>Parts that were loaded.</summary>
    public int ModelLoads { get; private set; }

    /// <summary>Computing whose result nobody took.</summary>
    public double WastedSeconds => _spans.Where(span => span.Wasted).Sum(span => Math.Max(0, span.End - span.ComputeFrom));

    public void Loaded() => ModelLoads++;

    public void Add(WorkSpan span) => _spans.Add(span);
}
