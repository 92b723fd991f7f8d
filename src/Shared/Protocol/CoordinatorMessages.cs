using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using ProtoBuf;

namespace MlxVideo.Shared.Protocol;

/// <summary>Accepts a worker into the farm.</summary>
/// <param name="Api">Address of the coordinator's HTTP API and blob store.</param>
/// <param name="LeaseSeconds">Period of silence after which a worker's attempt is reassigned.</param>
/// <param name="Revoked">Serial numbers of certificates that the worker must refuse; null for none.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record WorkerWelcome(
    [property: ProtoMember(1)] string Api,
    [property: ProtoMember(2)] double LeaseSeconds,
    [property: ProtoMember(3)] IReadOnlyList<string>? Revoked = null) : IFarmMessage
{
    /// <summary>Maximum number of serial numbers, which keeps the message below the limit of its size.</summary>
    public const int MaxRevoked = 1000;
}

/// <summary>Rejects a worker.</summary>
/// <param name="Reason">One sentence for the worker's owner.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record WorkerRefused([property: ProtoMember(1)] string Reason) : IFarmMessage;

/// <summary>Assigns a stage to a worker.</summary>
/// <param name="Attempt">Attempt to include in every report about it.</param>
/// <param name="StageJson">The stage as farm JSON.</param>
/// <param name="Inputs">Inputs of the stage in the coordinator's blob store.</param>
/// <param name="Sources">Workers that probably have inputs as well; null for none.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record AssignStage(
    [property: ProtoMember(1)] AttemptAddress Attempt,
    [property: ProtoMember(2)] string StageJson,
    IReadOnlyList<NamedBlob> Inputs,
    IReadOnlyList<BlobSource>? Sources = null) : IFarmMessage
{
    /// <summary>Inputs of the stage in the coordinator's blob store.</summary>
    [ProtoMember(3, IsRequired = true)]
    public IReadOnlyList<NamedBlob> Inputs { get; private set; } = Inputs;

    /// <summary>Workers that probably have inputs as well.</summary>
    [ProtoMember(4, IsRequired = true)]
    public IReadOnlyList<BlobSource> Sources { get; private set; } = Sources ?? [];

    // protobuf does not serialize empty lists: they are deserialized as null.
    [ProtoAfterDeserialization]
    private void FillIn() => (Inputs, Sources) = (Inputs ?? [], Sources ?? []);
}

/// <summary>A worker that probably has a blob.</summary>
/// <param name="Digest">The blob's digest.</param>
/// <param name="Address">Address of the worker's blob server.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record BlobSource(
    [property: ProtoMember(1)] string Digest,
    [property: ProtoMember(2)] string Address);

/// <summary>Acknowledges a worker's final report, accepted or obsolete, which need not be resent.</summary>
[ProtoContract(SkipConstructor = true)]
public sealed record ReportAcknowledged([property: ProtoMember(1)] AttemptAddress Attempt) : IFarmMessage;

/// <summary>Cancels an attempt; it stops between two steps.</summary>
[ProtoContract(SkipConstructor = true)]
public sealed record CancelAttempt([property: ProtoMember(1)] AttemptAddress Attempt) : IFarmMessage;

/// <summary>Asks a worker to leave the farm and to end its process. It gets no more stages.</summary>
/// <param name="Now">Stops the running stage between two steps instead of finishing it.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record DrainWorker([property: ProtoMember(1)] bool Now) : IFarmMessage;

/// <summary>Asks an idle worker to load a component that will be needed soon.</summary>
[ProtoContract(SkipConstructor = true)]
public sealed record PrefetchComponent([property: ProtoMember(1)] ModelComponent Component) : IFarmMessage;
