using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using ProtoBuf;

namespace MlxVideo.Shared.Protocol;

/// <summary>
/// Asks an idle worker to compute evaluations of another worker's guided steps until it is assigned a stage.
/// </summary>
/// <param name="StageJson">The denoise stage as farm JSON.</param>
/// <param name="Inputs">Inputs of the stage in the coordinator's blob store.</param>
/// <param name="Sources">Workers that probably have inputs as well; null for none.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record AssignOffload(
    [property: ProtoMember(1)] OffloadAddress Offload,
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

/// <summary>Reports that a helper has loaded the model and inputs and is waiting for steps.</summary>
[ProtoContract(SkipConstructor = true)]
public sealed record OffloadReady([property: ProtoMember(1)] OffloadAddress Offload) : IFarmMessage;

/// <summary>Reports that a helper failed, or that the other worker timed out waiting for it.</summary>
/// <param name="Kind">Determines the consequences for the helper; the stage itself is not affected.</param>
/// <param name="Message">One sentence.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record OffloadFailed(
    [property: ProtoMember(1)] OffloadAddress Offload,
    [property: ProtoMember(2)] FailureKind Kind,
    [property: ProtoMember(3)] string Message) : IFarmMessage;

/// <summary>Tells a helper to stop.</summary>
[ProtoContract(SkipConstructor = true)]
public sealed record CancelOffload([property: ProtoMember(1)] OffloadAddress Offload) : IFarmMessage;

/// <summary>
/// Tells a worker that runs a guided stage that a helper is available for the last evaluations of each step.
/// </summary>
/// <param name="Evaluations">Number of evaluations per step to offload.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record HelperJoined(
    [property: ProtoMember(1)] OffloadAddress Offload,
    [property: ProtoMember(2)] int Evaluations) : IFarmMessage;

/// <summary>Tells a worker that its helper is no longer available.</summary>
[ProtoContract(SkipConstructor = true)]
public sealed record HelperLeft([property: ProtoMember(1)] OffloadAddress Offload) : IFarmMessage;
