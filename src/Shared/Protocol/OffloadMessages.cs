using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using ProtoBuf;

namespace MlxVideo.Shared.Protocol;

/// <summary>
/// To a worker that has nothing to do: compute evaluations of another worker's guided steps, until there is something to do.
/// </summary>
/// <param name="Offload">Names the help.</param>
/// <param name="StageJson">The denoising stage as farm JSON.</param>
/// <param name="Inputs">The stage's inputs, in the coordinator's blob store.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record AssignOffload(
    [property: ProtoMember(1)] OffloadAddress Offload,
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

/// <summary>A helper has loaded what it needs and waits for steps.</summary>
/// <param name="Offload">The help.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record OffloadReady([property: ProtoMember(1)] OffloadAddress Offload) : IFarmMessage;

/// <summary>A helper can't go on, or the worker that it helps waited for it in vain.</summary>
/// <param name="Offload">The help.</param>
/// <param name="Kind">What becomes of it; the stage itself is not touched.</param>
/// <param name="Message">One sentence.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record OffloadFailed(
    [property: ProtoMember(1)] OffloadAddress Offload,
    [property: ProtoMember(2)] FailureKind Kind,
    [property: ProtoMember(3)] string Message) : IFarmMessage;

/// <summary>To a helper: stop.</summary>
/// <param name="Offload">The help.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record CancelOffload([property: ProtoMember(1)] OffloadAddress Offload) : IFarmMessage;

/// <summary>
/// To a worker that runs a guided stage: somebody computes the last evaluations of each step from now on, if they are offered.
/// </summary>
/// <param name="Offload">The help.</param>
/// <param name="Evaluations">How many evaluations of a step.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record HelperJoined(
    [property: ProtoMember(1)] OffloadAddress Offload,
    [property: ProtoMember(2)] int Evaluations) : IFarmMessage;

/// <summary>To a worker that is helped: it is not any more.</summary>
/// <param name="Offload">The help.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record HelperLeft([property: ProtoMember(1)] OffloadAddress Offload) : IFarmMessage;
