using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Workers;
using ProtoBuf;

namespace MlxVideo.Coordinator.Persistence;

/// <summary>A snapshot of the farm's state: what its events have determined, without what follows from the requests.</summary>
[ProtoContract(SkipConstructor = true)]
internal sealed record StoredState(
    [property: ProtoMember(1)] List<StoredBatch>? Batches,
    [property: ProtoMember(2)] List<StoredWorker>? Workers,
    [property: ProtoMember(3)] Dictionary<string, string>? Models,
    [property: ProtoMember(4)] List<StageAddress>? Local,
    [property: ProtoMember(5)] Dictionary<string, StoredArchivedBatch>? Archived,
    [property: ProtoMember(6)] int SubmittedBatches,
    [property: ProtoMember(7)] Dictionary<string, string>? Drained,
    [property: ProtoMember(8)] List<StoredOverrides>? Overrides);

/// <summary>What an operator set in place of a worker's own settings.</summary>
/// <param name="HasTags">False for the worker's own tags: protobuf does not tell no list from an empty one.</param>
[ProtoContract(SkipConstructor = true)]
internal sealed record StoredOverrides(
    [property: ProtoMember(1)] string Worker,
    [property: ProtoMember(2)] string Name,
    [property: ProtoMember(3)] bool HasTags,
    [property: ProtoMember(4)] List<string>? Tags,
    [property: ProtoMember(5)] AllowedHours? Hours);

[ProtoContract(SkipConstructor = true)]
internal sealed record StoredBatch(
    [property: ProtoMember(1)] string Id,
    [property: ProtoMember(2)] StoredRequest Request,
    [property: ProtoMember(3)] long SubmittedAt,
    [property: ProtoMember(4)] long? EndedAt,
    [property: ProtoMember(5)] string? Model,
    [property: ProtoMember(6)] StoredBinding? Binding,
    [property: ProtoMember(7)] double Served,
    [property: ProtoMember(8)] List<StoredClip>? Clips,
    [property: ProtoMember(9)] List<StoredFailures>? Failures,
    [property: ProtoMember(10)] bool IsPaused,
    [property: ProtoMember(11)] List<StoredBinding>? BindingsOfClips);

/// <summary>Failures of a worker on a stage kind of a batch.</summary>
[ProtoContract(SkipConstructor = true)]
internal sealed record StoredFailures(
    [property: ProtoMember(1)] string Worker, [property: ProtoMember(2)] string Kind, [property: ProtoMember(3)] int Count);

[ProtoContract(SkipConstructor = true)]
internal sealed record StoredClip(
    [property: ProtoMember(1)] int Row,
    [property: ProtoMember(2)] ClipState State,
    [property: ProtoMember(3)] string? Error,
    [property: ProtoMember(4)] long? StartedAt,
    [property: ProtoMember(5)] long? EndedAt,
    [property: ProtoMember(6)] string? Framemd5,
    [property: ProtoMember(7)] List<NamedBlob>? Artefacts,
    [property: ProtoMember(8)] List<StoredStage>? Stages,
    [property: ProtoMember(9)] Dictionary<string, int>? Losses);

/// <summary>A stage's status; stages that have never been assigned or completed are left out.</summary>
[ProtoContract(SkipConstructor = true)]
internal sealed record StoredStage(
    [property: ProtoMember(1)] string Id,
    [property: ProtoMember(2)] StageState State,
    [property: ProtoMember(3)] int Attempt,
    [property: ProtoMember(4)] List<StoredAttempt>? Running,
    [property: ProtoMember(5)] StoredAttempt? Last,
    [property: ProtoMember(6)] long? EndedAt,
    [property: ProtoMember(7)] List<string>? FailedOn,
    [property: ProtoMember(8)] int OffloadCount,
    [property: ProtoMember(9)] List<string>? OffloadFailedOn,
    [property: ProtoMember(10)] List<StoredAttempt>? Lost,
    [property: ProtoMember(11)] List<string>? Errors);

[ProtoContract(SkipConstructor = true)]
internal sealed record StoredAttempt(
    [property: ProtoMember(1)] int Number,
    [property: ProtoMember(2)] string Worker,
    [property: ProtoMember(3)] string WorkerName,
    [property: ProtoMember(4)] long StartedAt,
    [property: ProtoMember(5)] bool IsSpeculative,
    [property: ProtoMember(6)] StoredHelper? Helper);

[ProtoContract(SkipConstructor = true)]
internal sealed record StoredHelper(
    [property: ProtoMember(1)] int Number,
    [property: ProtoMember(2)] string Worker,
    [property: ProtoMember(3)] int Evaluations,
    [property: ProtoMember(4)] long Since,
    [property: ProtoMember(5)] bool IsReady);

[ProtoContract(SkipConstructor = true)]
internal sealed record StoredWorker(
    [property: ProtoMember(1)] string Id,
    [property: ProtoMember(2)] string Epoch,
    [property: ProtoMember(3)] string Name,
    [property: ProtoMember(4)] string Device,
    [property: ProtoMember(5)] string Model,
    [property: ProtoMember(6)] string ModelName,
    [property: ProtoMember(7)] WorkerCapabilities Capabilities,
    [property: ProtoMember(8)] AttemptAddress? Current,
    [property: ProtoMember(9)] long? CurrentSince,
    [property: ProtoMember(10)] OffloadAddress? Offload,
    [property: ProtoMember(11)] string? Problem);

[ProtoContract(SkipConstructor = true)]
internal sealed record StoredArchivedBatch([property: ProtoMember(1)] string Id, [property: ProtoMember(2)] string? Model);
