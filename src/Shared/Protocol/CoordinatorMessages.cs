using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using ProtoBuf;

namespace MlxVideo.Shared.Protocol;

/// <summary>Accepts a worker into the farm.</summary>
/// <param name="Api">Address of the coordinator's HTTP API and blob store.</param>
/// <param name="LeaseSeconds">Period of silence after which a worker's attempt is reassigned.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record WorkerWelcome(
    [property: ProtoMember(1)] string Api,
    [property: ProtoMember(2)] double LeaseSeconds) : IFarmMessage;

/// <summary>Rejects a worker.</summary>
/// <param name="Reason">One sentence for the worker's owner.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record WorkerRefused([property: ProtoMember(1)] string Reason) : IFarmMessage;

/// <summary>Assigns a stage to a worker.</summary>
/// <param name="Attempt">Attempt to include in every report about it.</param>
/// <param name="StageJson">The stage as farm JSON.</param>
/// <param name="Inputs">Inputs of the stage in the coordinator's blob store.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record AssignStage(
    [property: ProtoMember(1)] AttemptAddress Attempt,
    [property: ProtoMember(2)] string StageJson,
    IReadOnlyList<NamedBlob> Inputs) : IFarmMessage
{
    /// <summary>Inputs of the stage in the coordinator's blob store.</summary>
    [ProtoMember(3, IsRequired = true)]
    public IReadOnlyList<NamedBlob> Inputs { get; private set; } = Inputs;

    // protobuf does not serialize empty lists: they are deserialized as null.
    [ProtoAfterDeserialization]
    private void FillIn() => Inputs ??= [];
}

/// <summary>Acknowledges a worker's final report, accepted or obsolete, which need not be resent.</summary>
[ProtoContract(SkipConstructor = true)]
public sealed record ReportAcknowledged([property: ProtoMember(1)] AttemptAddress Attempt) : IFarmMessage;

/// <summary>Cancels an attempt; it stops between two steps.</summary>
[ProtoContract(SkipConstructor = true)]
public sealed record CancelAttempt([property: ProtoMember(1)] AttemptAddress Attempt) : IFarmMessage;

/// <summary>Asks an idle worker to load a component that will be needed soon.</summary>
[ProtoContract(SkipConstructor = true)]
public sealed record PrefetchComponent([property: ProtoMember(1)] ModelComponent Component) : IFarmMessage;
