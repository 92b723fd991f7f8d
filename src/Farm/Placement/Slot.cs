using MlxVideo.Farm.Profiles;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Placement;

/// <summary>A worker while a decision is made: what it is given and reserved for moves its time on.</summary>
internal sealed class Slot
{
    private readonly double?[] _loadSeconds = new double?[Enum.GetValues<ModelComponent>().Length + 1];

    /// <param name="index">Its place among the slots of the decision.</param>
    /// <param name="worker">The worker.</param>
    /// <param name="known">What is known of it.</param>
    public Slot(int index, FarmWorker worker, WorkerProfile known)
    {
        (Index, Worker, Known, IsIdle, Resident) = (index, worker, known, worker.Current is null, known.Resident);
    }

    private Slot(Slot other) =>
        (Index, Worker, Known, IsIdle, Resident, FreeIn, HoursLeft, _loadSeconds) =
        (other.Index, other.Worker, other.Known, other.IsIdle, other.Resident, other.FreeIn, other.HoursLeft, other._loadSeconds);

    /// <summary>Its place among the slots of the decision: times of stages are kept by it.</summary>
    public int Index { get; }

    /// <summary>The worker.</summary>
    public FarmWorker Worker { get; }

    /// <summary>What is known of it.</summary>
    public WorkerProfile Known { get; }

    /// <summary>Bytes a second between it and the coordinator.</summary>
    public double LinkBytesPerSecond => Known.LinkBytesPerSecond;

    /// <summary>Seconds for which it may still work.</summary>
    public double HoursLeft { get; init; } = double.PositiveInfinity;

    /// <summary>True while it has no attempt and was given none.</summary>
    public bool IsIdle { get; set; }

    /// <summary>Seconds from now until it could begin something.</summary>
    public double FreeIn { get; set; }

    /// <summary>What will be in its memory then.</summary>
    public ResidentComponents Resident { get; set; }

    /// <summary>Seconds to load a part; 0 when it will be there.</summary>
    public double LoadSeconds(ModelComponent component) =>
        Resident.Holds(component)
            ? 0
            : _loadSeconds[(int)component] ??= Worker.Capabilities.LoadedBytesOf(component) / Math.Max(1, Known.DiskBytesPerSecond);

    /// <summary>It is busy with a stage of a part until a time.</summary>
    public void Occupy(ModelComponent component, double until)
    {
        FreeIn = until;
        Resident = Resident.Using(component, Worker.Capabilities);
    }

    /// <summary>A slot that can be moved on by itself, for a forecast.</summary>
    public Slot Copy() => new(this);
}
