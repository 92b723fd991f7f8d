using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Security;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;
using ProtoBuf;

namespace MlxVideo.Shared.Protocol;

/// <summary>Registers a worker. Resent periodically so that a restarted coordinator learns of it; renews no lease.</summary>
/// <param name="WorkerId">Id that is stable across restarts of the worker.</param>
/// <param name="Epoch">Changes with every start of the process; attempts assigned to an earlier epoch are lost.</param>
/// <param name="Name">Display name.</param>
/// <param name="Device">Compute device: <c>mps</c>, <c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Model">Digest of the model.</param>
/// <param name="ModelName">Display name of the model.</param>
/// <param name="Held">Attempts that are running or have unreported results.</param>
/// <param name="Blobs">Address of the worker's blob server; null when it has none.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record WorkerHello(
    [property: ProtoMember(1)] string WorkerId,
    [property: ProtoMember(2)] string Epoch,
    [property: ProtoMember(3)] string Name,
    [property: ProtoMember(4)] string Device,
    [property: ProtoMember(5)] string Model,
    [property: ProtoMember(6)] WorkerCapabilities Capabilities,
    [property: ProtoMember(7)] string ModelName,
    IReadOnlyList<AttemptAddress> Held,
    [property: ProtoMember(9)] string? Blobs = null) : IFarmMessage
{
    /// <summary>Attempts that are running or have unreported results.</summary>
    [ProtoMember(8, IsRequired = true)]
    public IReadOnlyList<AttemptAddress> Held { get; private set; } = Held;

    /// <summary>Proof that the hello comes from this worker; null in a farm without certificates.</summary>
    [ProtoMember(10)]
    public HelloProof? Proof { get; init; }

    /// <summary>Version of the worker's program.</summary>
    [ProtoMember(11)]
    public string? Version { get; init; }

    /// <summary>The worker's clock when it sent this, in milliseconds since 1970.</summary>
    [ProtoMember(12)]
    public long? ClockMs { get; init; }

    // protobuf does not serialize empty lists: they are deserialized as null.
    [ProtoAfterDeserialization]
    private void FillIn() => Held ??= [];
}

/// <summary>Reports a change of a worker's resident components.</summary>
/// <param name="Components">Resident components in least-recently-used order.</param>
/// <param name="Loaded">Component that was loaded; null when components were only evicted or reused.</param>
/// <param name="Seconds">Time taken to load it.</param>
/// <param name="Problem">One-sentence reason why the worker can't run stages at present, for example a full disk; null when it can.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record WorkerResident(
    [property: ProtoMember(1)] string WorkerId,
    IReadOnlyList<ModelComponent> Components,
    [property: ProtoMember(3)] ModelComponent? Loaded,
    [property: ProtoMember(4)] double Seconds,
    [property: ProtoMember(5)] string? Problem = null) : IFarmMessage
{
    /// <summary>Resident components in least-recently-used order.</summary>
    [ProtoMember(2, IsRequired = true)]
    public IReadOnlyList<ModelComponent> Components { get; private set; } = Components;

    // protobuf does not serialize empty lists: they are deserialized as null.
    [ProtoAfterDeserialization]
    private void FillIn() => Components ??= [];
}

/// <summary>Reports the transfer speed of the last large file between a worker and the coordinator.</summary>
[ProtoContract(SkipConstructor = true)]
public sealed record WorkerLink(
    [property: ProtoMember(1)] string WorkerId,
    [property: ProtoMember(2)] double BytesPerSecond) : IFarmMessage;

/// <summary>Reports that a worker leaves the farm gracefully; its attempts may be reassigned.</summary>
[ProtoContract(SkipConstructor = true)]
public sealed record WorkerGoodbye(
    [property: ProtoMember(1)] string WorkerId,
    [property: ProtoMember(2)] string Epoch) : IFarmMessage;

/// <summary>Reports the progress of an attempt and renews its lease.</summary>
/// <param name="Step">Completed progress units: denoise steps, tiles, layers.</param>
/// <param name="Steps">Total number of progress units; 0 while inputs are fetched and the model is loaded.</param>
/// <param name="TensorBytes">Device memory of live tensors; null when unknown.</param>
/// <param name="DriverBytes">Device memory that the driver holds for the worker, including cached memory; null when unknown.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record AttemptProgress(
    [property: ProtoMember(1)] AttemptAddress Attempt,
    [property: ProtoMember(2)] int Step,
    [property: ProtoMember(3)] int Steps,
    [property: ProtoMember(4)] long? TensorBytes = null,
    [property: ProtoMember(5)] long? DriverBytes = null) : IFarmMessage;

/// <summary>Reports that an attempt's outputs are in the coordinator's blob store. Resent until acknowledged.</summary>
/// <param name="Outputs">All outputs of the stage.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record AttemptDone(
    [property: ProtoMember(1)] AttemptAddress Attempt,
    IReadOnlyList<NamedBlob> Outputs) : IFarmMessage
{
    /// <summary>All outputs of the stage.</summary>
    [ProtoMember(2, IsRequired = true)]
    public IReadOnlyList<NamedBlob> Outputs { get; private set; } = Outputs;

    // protobuf does not serialize empty lists: they are deserialized as null.
    [ProtoAfterDeserialization]
    private void FillIn() => Outputs ??= [];
}

/// <summary>Reports that an attempt failed. Resent until acknowledged.</summary>
/// <param name="Kind">Determines whether and where the stage is retried.</param>
/// <param name="Message">One sentence for the user.</param>
/// <param name="MissingInputs">Names of inputs that the coordinator does not have or sent damaged; null for none.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record AttemptFailed(
    [property: ProtoMember(1)] AttemptAddress Attempt,
    [property: ProtoMember(2)] FailureKind Kind,
    [property: ProtoMember(3)] string Message,
    IReadOnlyList<string>? MissingInputs = null) : IFarmMessage
{
    /// <summary>Names of inputs that the coordinator does not have or sent damaged.</summary>
    [ProtoMember(4, IsRequired = true)]
    public IReadOnlyList<string> MissingInputs { get; private set; } = MissingInputs ?? [];

    // protobuf does not serialize empty lists: they are deserialized as null.
    [ProtoAfterDeserialization]
    private void FillIn() => MissingInputs ??= [];
}
