namespace MlxVideo.Simulation.Running;

/// <summary>Records the activity and the model loads of a simulation.</summary>
internal sealed class SimulationRecord
{
    private readonly List<WorkSpan> _spans = [];

    /// <summary>The Macs' activity.</summary>
    public IReadOnlyList<WorkSpan> Spans => _spans;

    /// <summary>Number of component loads.</summary>
    public int ModelLoads { get; private set; }

    /// <summary>Computing time with an unused result.</summary>
    public double WastedSeconds => _spans.Where(span => span.Wasted).Sum(span => Math.Max(0, span.End - span.ComputeFrom));

    public void Loaded() => ModelLoads++;

    public void Add(WorkSpan span) => _spans.Add(span);
}
