using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;
using ProtoBuf;

namespace MlxVideo.Shared.Protocol;

/// <summary>A worker joins, or says again that it is here.</summary>
/// <param name="WorkerId">Stable over restarts of the worker.</param>
/// <param name="Epoch">New with every start of its process: what an earlier epoch was given is lost.</param>
/// <param name="Name">For people.</param>
/// <param name="Device">What it computes on: <c>mps</c>, <c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Model">Digest of its model.</param>
/// <param name="Capabilities">What it can do.</param>
/// <param name="ModelName">Name of its model for people.</param>
/// <param name="Held">Attempts that it computes, or whose results it has not been able to report.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record WorkerHello(
    [property: ProtoMember(1)] string WorkerId,
    [property: ProtoMember(2)] string Epoch,
    [property: ProtoMember(3)] string Name,
    [property: ProtoMember(4)] string Device,
    [property: ProtoMember(5)] string Model,
    [property: ProtoMember(6)] WorkerCapabilities Capabilities,
    [property: ProtoMember(7)] string ModelName,
    IReadOnlyList<AttemptAddress> Held) : IFarmMessage
{
    /// <summary>Attempts that it computes, or whose results it has not been able to report.</summary>
    [ProtoMember(8, IsRequired = true)]
    public IReadOnlyList<AttemptAddress> Held { get; private set; } = Held;

    // protobuf has no empty lists: they arrive as nothing at all.
    [ProtoAfterDeserialization]
    private void FillIn() => Held ??= [];
}

/// <summary>What is in a worker's memory now; said whenever it changed.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="Components">The parts that are loaded, the one used longest ago first.</param>
/// <param name="Loaded">The part whose loading changed it; null when parts only left or were used again.</param>
/// <param name="Seconds">How long that took.</param>
/// <param name="Problem">Why the worker can run no stage just now, as a full disk: one sentence; null when it can.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record WorkerResident(
    [property: ProtoMember(1)] string WorkerId,
    IReadOnlyList<ModelComponent> Components,
    [property: ProtoMember(3)] ModelComponent? Loaded,
    [property: ProtoMember(4)] double Seconds,
    [property: ProtoMember(5)] string? Problem = null) : IFarmMessage
{
    /// <summary>The parts that are loaded, the one used longest ago first.</summary>
    [ProtoMember(2, IsRequired = true)]
    public IReadOnlyList<ModelComponent> Components { get; private set; } = Components;

    // protobuf has no empty lists: they arrive as nothing at all.
    [ProtoAfterDeserialization]
    private void FillIn() => Components ??= [];
}

/// <summary>How fast the last large file went between a worker and the coordinator.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="BytesPerSecond">Bytes a second.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record WorkerLink(
    [property: ProtoMember(1)] string WorkerId,
    [property: ProtoMember(2)] double BytesPerSecond) : IFarmMessage;

/// <summary>A worker leaves in order: what it was doing may be given to others.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="Epoch">Its epoch.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record WorkerGoodbye(
    [property: ProtoMember(1)] string WorkerId,
    [property: ProtoMember(2)] string Epoch) : IFarmMessage;

/// <summary>An attempt goes on; renews its lease.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Step">Steps done: denoise steps, tiles, layers.</param>
/// <param name="Steps">Steps in all; 0 while inputs are fetched and the model is loaded.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record AttemptProgress(
    [property: ProtoMember(1)] AttemptAddress Attempt,
    [property: ProtoMember(2)] int Step,
    [property: ProtoMember(3)] int Steps) : IFarmMessage;

/// <summary>An attempt's outputs are in the coordinator's blob store. Sent again until acknowledged.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Outputs">Every output of the stage.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record AttemptDone(
    [property: ProtoMember(1)] AttemptAddress Attempt,
    IReadOnlyList<NamedBlob> Outputs) : IFarmMessage
{
    /// <summary>Every output of the stage.</summary>
    [ProtoMember(2, IsRequired = true)]
    public IReadOnlyList<NamedBlob> Outputs { get; private set; } = Outputs;

    // protobuf has no empty lists: they arrive as nothing at all.
    [ProtoAfterDeserialization]
    private void FillIn() => Outputs ??= [];
}

/// <summary>An attempt failed. Sent again until acknowledged.</summary>
/// <param name="Attempt">The attempt.</param>
/// <param name="Kind">What becomes of the stage.</param>
/// <param name="Message">One sentence for the user.</param>
[ProtoContract(SkipConstructor = true)]
public sealed record AttemptFailed(
    [property: ProtoMember(1)] AttemptAddress Attempt,
    [property: ProtoMember(2)] FailureKind Kind,
    [property: ProtoMember(3)] string Message) : IFarmMessage;
