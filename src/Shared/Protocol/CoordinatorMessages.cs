using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using ProtoBuf;

namespace MlxVideo.Shared.Protocol;

/// <summary>The coordinator took a worker in.</summary>
/// <param name="Api">Address of the coordinator's HTTP API and blob store.</param>
/// <param name="LeaseSeconds">An attempt is given to another worker when its worker is silent for so long.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record WorkerWelcome(
    [property: ProtoMember(1)] string Api,
    [property: ProtoMember(2)] double LeaseSeconds) : IFarmMessage;

/// <summary>The coordinator does not take a worker in.</summary>
/// <param name="Reason">One sentence for the worker's owner.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record WorkerRefused([property: ProtoMember(1)] string Reason) : IFarmMessage;

/// <summary>A stage for a worker.</summary>
/// <param name="Attempt">The attempt that every report about it must carry.</param>
/// <param name="StageJson">The stage as farm JSON.</param>
/// <param name="Inputs">The stage's inputs, in the coordinator's blob store.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record AssignStage(
    [property: ProtoMember(1)] AttemptAddress Attempt,
    [property: ProtoMember(2)] string StageJson,
    IReadOnlyList<NamedBlob> Inputs) : IFarmMessage
{
    /// <summary>The stage's inputs, in the coordinator's blob store.</summary>
    [ProtoMember(3, IsRequired = true)]
    public IReadOnlyList<NamedBlob> Inputs { get; private set; } = Inputs;

    // protobuf has no empty lists: they arrive as nothing at all.
    [ProtoAfterDeserialization]
    private void FillIn() => Inputs ??= [];
}

/// <summary>A worker's final report was taken, or is no longer wanted: it need not be sent again.</summary>
/// <param name="Attempt">The attempt.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record ReportAcknowledged([property: ProtoMember(1)] AttemptAddress Attempt) : IFarmMessage;

/// <summary>The result of an attempt is no longer wanted: stop between two steps.</summary>
/// <param name="Attempt">The attempt.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record CancelAttempt([property: ProtoMember(1)] AttemptAddress Attempt) : IFarmMessage;

/// <summary>A component of the model will be needed soon: load it while there is nothing else to do.</summary>
/// <param name="Component">The part.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record PrefetchComponent([property: ProtoMember(1)] ModelComponent Component) : IFarmMessage;
