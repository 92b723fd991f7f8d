using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;
using ProtoBuf;

namespace MlxVideo.Coordinator.Persistence;

/// <summary>
/// The protobuf bodies of stored events and of values that events and snapshots share. Times are UTC ticks (<see cref="StoredTime"/>). A
/// field number is never reused; a change that older versions can't read gets a new manifest (<see cref="FarmEventSerializer"/>).
/// </summary>
internal static class StoredEvents
{
    [ProtoContract(SkipConstructor = true)]
    public sealed record BatchSubmitted(
        [property: ProtoMember(1)] string Batch,
        [property: ProtoMember(2)] StoredRequest Request,
        [property: ProtoMember(3)] string? Model,
        [property: ProtoMember(4)] StoredBinding? Binding,
        [property: ProtoMember(5)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record BatchBound(
        [property: ProtoMember(1)] string Batch,
        [property: ProtoMember(2)] StoredBinding Binding,
        [property: ProtoMember(3)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record BatchCancelled(
        [property: ProtoMember(1)] string Batch,
        [property: ProtoMember(2)] long At,
        [property: ProtoMember(3)] string? Reason);

    [ProtoContract(SkipConstructor = true)]
    public sealed record BatchArchived([property: ProtoMember(1)] string Batch, [property: ProtoMember(2)] long At);

    /// <summary>An event of a batch without further content: it was paused, resumed or removed.</summary>
    [ProtoContract(SkipConstructor = true)]
    public sealed record OfBatch([property: ProtoMember(1)] string Batch, [property: ProtoMember(2)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record PriorityChanged(
        [property: ProtoMember(1)] string Batch,
        [property: ProtoMember(2, IsPacked = true)] List<int>? Rows,
        [property: ProtoMember(3)] int Priority,
        [property: ProtoMember(4)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record DeadlineChanged(
        [property: ProtoMember(1)] string Batch,
        [property: ProtoMember(2, IsPacked = true)] List<int>? Rows,
        [property: ProtoMember(3)] long? Deadline,
        [property: ProtoMember(4)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record ClipRetried(
        [property: ProtoMember(1)] string Batch,
        [property: ProtoMember(2)] int Row,
        [property: ProtoMember(3)] List<string>? Stages,
        [property: ProtoMember(4)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record BatchRestored([property: ProtoMember(1)] StoredBatch Batch, [property: ProtoMember(2)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record WorkerJoined(
        [property: ProtoMember(1)] string Worker,
        [property: ProtoMember(2)] string Epoch,
        [property: ProtoMember(3)] string Name,
        [property: ProtoMember(4)] string Device,
        [property: ProtoMember(5)] string Model,
        [property: ProtoMember(6)] string ModelName,
        [property: ProtoMember(7)] WorkerCapabilities Capabilities,
        [property: ProtoMember(8)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record WorkerLeft([property: ProtoMember(1)] string Worker, [property: ProtoMember(2)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record WorkerConditionChanged(
        [property: ProtoMember(1)] string Worker,
        [property: ProtoMember(2)] string? Problem,
        [property: ProtoMember(3)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record DrainStarted(
        [property: ProtoMember(1)] string Worker, [property: ProtoMember(2)] string Name, [property: ProtoMember(3)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record DrainEnded([property: ProtoMember(1)] string Worker, [property: ProtoMember(2)] long At);

    /// <param name="IsOwn">True when the worker's own tags apply again: protobuf does not tell no list from an empty one.</param>
    [ProtoContract(SkipConstructor = true)]
    public sealed record WorkerTagged(
        [property: ProtoMember(1)] string Worker,
        [property: ProtoMember(2)] string Name,
        [property: ProtoMember(3)] List<string>? Tags,
        [property: ProtoMember(4)] bool IsOwn,
        [property: ProtoMember(5)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record WorkerHoursChanged(
        [property: ProtoMember(1)] string Worker,
        [property: ProtoMember(2)] string Name,
        [property: ProtoMember(3)] AllowedHours? Hours,
        [property: ProtoMember(4)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record AttemptStarted(
        [property: ProtoMember(1)] AttemptAddress Attempt,
        [property: ProtoMember(2)] string Worker,
        [property: ProtoMember(3)] string WorkerName,
        [property: ProtoMember(4)] bool IsSpeculative,
        [property: ProtoMember(5)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record AttemptSucceeded(
        [property: ProtoMember(1)] AttemptAddress Attempt,
        [property: ProtoMember(2)] List<NamedBlob>? Outputs,
        [property: ProtoMember(3)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record AttemptFailed(
        [property: ProtoMember(1)] AttemptAddress Attempt,
        [property: ProtoMember(2)] FailureKind Kind,
        [property: ProtoMember(3)] string Message,
        [property: ProtoMember(4)] long At,
        [property: ProtoMember(5)] bool IsLost);

    /// <summary>An event of a worker's attempt without further content: it was resumed or abandoned.</summary>
    [ProtoContract(SkipConstructor = true)]
    public sealed record OfAttempt(
        [property: ProtoMember(1)] AttemptAddress Attempt,
        [property: ProtoMember(2)] string Worker,
        [property: ProtoMember(3)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record OffloadAssigned(
        [property: ProtoMember(1)] OffloadAddress Offload,
        [property: ProtoMember(2)] string Worker,
        [property: ProtoMember(3)] int Evaluations,
        [property: ProtoMember(4)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record OffloadStarted([property: ProtoMember(1)] OffloadAddress Offload, [property: ProtoMember(2)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record OffloadEnded(
        [property: ProtoMember(1)] OffloadAddress Offload,
        [property: ProtoMember(2)] string Worker,
        [property: ProtoMember(3)] FailureKind? Failure,
        [property: ProtoMember(4)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record ResultShared(
        [property: ProtoMember(1)] StageAddress Stage,
        [property: ProtoMember(2)] StageAddress From,
        [property: ProtoMember(3)] List<NamedBlob>? Outputs,
        [property: ProtoMember(4)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record ArtefactLost(
        [property: ProtoMember(1)] string Batch,
        [property: ProtoMember(2)] int Row,
        [property: ProtoMember(3)] string Name,
        [property: ProtoMember(4)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record ClipFinished(
        [property: ProtoMember(1)] string Batch,
        [property: ProtoMember(2)] int Row,
        [property: ProtoMember(3)] BlobRef Clip,
        [property: ProtoMember(4)] string Framemd5,
        [property: ProtoMember(5)] long At);

    [ProtoContract(SkipConstructor = true)]
    public sealed record ClipFailed(
        [property: ProtoMember(1)] string Batch,
        [property: ProtoMember(2)] int Row,
        [property: ProtoMember(3)] string Error,
        [property: ProtoMember(4)] long At);
}
