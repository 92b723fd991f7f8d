using MlxVideo.Farm.Profiles;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Placement;

/// <summary>A worker during a decision; assignments and reservations advance the time at which it becomes idle.</summary>
internal sealed class Slot
{
    private readonly double?[] _loadSeconds = new double?[Enum.GetValues<ModelComponent>().Length + 1];

    /// <param name="index">Its position among the slots of the decision.</param>
    /// <param name="known">The worker's profile.</param>
    public Slot(int index, FarmWorker worker, WorkerProfile known)
    {
        (Index, Worker, Profile, IsIdle, Resident) = (index, worker, known, worker.Current is null, known.Resident);
    }

    private Slot(Slot other) =>
        (Index, Worker, Profile, IsIdle, Resident, FreeIn, HoursLeft, _loadSeconds) =
        (other.Index, other.Worker, other.Profile, other.IsIdle, other.Resident, other.FreeIn, other.HoursLeft, other._loadSeconds);

    /// <summary>Its position among the slots of the decision, by which stage times are indexed.</summary>
    public int Index { get; }

    public FarmWorker Worker { get; }

    /// <summary>The worker's profile.</summary>
    public WorkerProfile Profile { get; }

    /// <summary>Bytes per second between it and the coordinator.</summary>
    public double LinkBytesPerSecond => Profile.LinkBytesPerSecond;

    /// <summary>Seconds left of its working hours; infinite without working hours.</summary>
    public double HoursLeft { get; init; } = double.PositiveInfinity;

    /// <summary>True while it has neither an attempt nor an assignment.</summary>
    public bool IsIdle { get; set; }

    /// <summary>Seconds from now until it can start a stage.</summary>
    public double FreeIn { get; set; }

    /// <summary>The components in its memory at that time.</summary>
    public ResidentComponents Resident { get; set; }

    /// <summary>Returns the seconds to load a component; 0 when it will already be resident.</summary>
    public double LoadSeconds(ModelComponent component) =>
        Resident.Holds(component)
            ? 0
            : _loadSeconds[(int)component] ??= Worker.Capabilities.LoadedBytesOf(component) / Math.Max(1, Profile.DiskBytesPerSecond);

    /// <summary>Marks it as busy with a component until a time in seconds from now.</summary>
    public void Occupy(ModelComponent component, double until)
    {
        FreeIn = until;
        Resident = Resident.Using(component, Worker.Capabilities);
    }

    /// <summary>Returns an independent copy for a forecast.</summary>
    public Slot Copy() => new(this);
}
