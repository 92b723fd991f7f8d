using MlxVideo.Shared.Stages;

namespace MlxVideo.Shared.Api;

/// <summary>The state of the farm.</summary>
/// <param name="Workers">The workers in the farm.</param>
/// <param name="Problem">One-sentence reason for the coordinator to hold all work; null when work is not held.</param>
public sealed record FarmStatus(IReadOnlyList<WorkerView> Workers, string? Problem = null)
{
    /// <summary>The drained workers, which get no stages; those that have left are not among <see cref="Workers"/>.</summary>
    public IReadOnlyList<DrainedWorker> Drained { get; init; } = [];
}

/// <summary>A worker that is or was drained.</summary>
/// <param name="Id">Id, stable across restarts.</param>
/// <param name="Name">Display name.</param>
/// <param name="Activity">What it still does; null when it is idle or has left the farm.</param>
public sealed record DrainedWorker(string Id, string Name, string? Activity = null);

/// <summary>A worker.</summary>
/// <param name="Id">Id, stable across restarts.</param>
/// <param name="Name">Display name.</param>
/// <param name="Device">Compute device: <c>mps</c>, <c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Model">Digest of the model.</param>
/// <param name="ModelName">Name of the model.</param>
/// <param name="Arithmetic">Processor, device, dtype, kernels and threads.</param>
/// <param name="Activity">Current activity: <c>row 3: denoise-1</c> or <c>row 3: helping with denoise-1</c>; null when idle.</param>
/// <param name="Problem">
/// One-sentence reason why the worker can't run stages, temporarily (a full disk) or until it restarts (a device that failed the
/// self-test); null when it can.
/// </param>
/// <param name="Memory">Use of the device's memory in the running stage; null when idle or not reported.</param>
public sealed record WorkerView(
    string Id, string Name, string Device, string Model, string ModelName, string Arithmetic, string? Activity, string? Problem = null,
    WorkerMemory? Memory = null)
{
    /// <summary>What it can do and does at present.</summary>
    public WorkerState State { get; init; }

    /// <summary>
    /// False for a drained or otherwise remembered worker that is not in the farm: only its id, name and overrides are known.
    /// </summary>
    public bool Present { get; init; } = true;

    /// <summary>Bytes available to weights and activations together; 0 when unknown.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Bytes of that available to weights; 0 when unknown.</summary>
    public long WeightBytes { get; init; }

    /// <summary>Tags by which clips can request it.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>True when an operator set the tags in place of the worker's own.</summary>
    public bool TagsSet { get; init; }

    /// <summary>Hours during which it may run stages, in its time zone: <c>20:00-08:00</c>; null for always.</summary>
    public string? Hours { get; init; }

    /// <summary>True when an operator set the hours in place of the worker's own.</summary>
    public bool HoursSet { get; init; }

    /// <summary>Components of its model that are in its memory, in least-recently-used order.</summary>
    public IReadOnlyList<ModelComponent> Resident { get; init; } = [];

    /// <summary>
    /// Speed of its denoise stages at present, in 10¹² operations per second: learned, or estimated until it is; 0 when unknown.
    /// </summary>
    public double TeraflopsPerSecond { get; init; }

    /// <summary>Learned speed of its connection to the coordinator, in bytes per second; 0 when unknown.</summary>
    public double LinkBytesPerSecond { get; init; }

    /// <summary>The stage that it runs or helps with; null when there is none.</summary>
    public WorkerStage? Stage { get; init; }

    /// <summary>Version of its program; null until it has reported it to this coordinator.</summary>
    public string? Version { get; init; }

    /// <summary>By how many seconds its clock is ahead of the coordinator's, or behind if negative; null when unknown.</summary>
    public double? ClockAheadS { get; init; }
}

/// <summary>A stage that a worker runs or helps with.</summary>
/// <param name="Stage">Id of the stage in the plan: <c>denoise-1</c>.</param>
/// <param name="Since">When it was assigned.</param>
/// <param name="Helping">True when the worker computes offloaded evaluations for another worker's attempt.</param>
public sealed record WorkerStage(string Batch, int Row, string Stage, int Attempt, DateTimeOffset Since, bool Helping = false);

/// <summary>Status of a worker.</summary>
public enum WorkerState
{
    /// <summary>It waits for a stage.</summary>
    Idle,

    /// <summary>It runs a stage, or helps with one.</summary>
    Busy,

    /// <summary>Its owner takes it out of the farm: it gets no stages.</summary>
    Drained,

    /// <summary>It can't run stages at present; its problem states the reason.</summary>
    Blocked,

    /// <summary>Its device failed the self-test.</summary>
    Unfit,

    /// <summary>It has no connection to the coordinator.</summary>
    Disconnected,
}

/// <summary>The workers in the farm and the remembered ones.</summary>
public sealed record WorkerList(IReadOnlyList<WorkerView> Workers);

/// <summary>A worker of which nothing is remembered any more.</summary>
public sealed record ForgottenWorker(string Id, string Name);

/// <summary>Use of a device's memory by a worker.</summary>
/// <param name="TensorBytes">Bytes of live tensors; null when unknown.</param>
/// <param name="DriverBytes">Bytes that the driver holds for the worker, including cached memory.</param>
public sealed record WorkerMemory(long? TensorBytes, long DriverBytes);
