using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;

namespace MlxVideo.Coordinator.Persistence;

/// <summary>
/// The serializer of the journal and the snapshots. A manifest is a stable name with the version of the stored form; every version that was
/// ever written stays readable.
/// </summary>
public sealed class FarmEventSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private static readonly IReadOnlyList<StoredFormat> Formats =
    [
        StoredFormat.Of<FarmEvents.BatchSubmitted, StoredEvents.BatchSubmitted>(
            "batch-submitted/1", EventMapping.ToStored, EventMapping.ToDomain),
        StoredFormat.Of<FarmEvents.BatchBound, StoredEvents.BatchBound>("batch-bound/1", EventMapping.ToStored, EventMapping.ToDomain),
        StoredFormat.Of<FarmEvents.BatchCancelled, StoredEvents.BatchCancelled>(
            "batch-cancelled/1", e => new(e.Batch, StoredTime.Of(e.At), e.Reason), e => new(e.Batch, StoredTime.ToTime(e.At), e.Reason)),
        StoredFormat.Of<FarmEvents.BatchArchived, StoredEvents.BatchArchived>(
            "batch-archived/1", e => new(e.Batch, StoredTime.Of(e.At)), e => new(e.Batch, StoredTime.ToTime(e.At))),
        StoredFormat.Of<FarmEvents.BatchPaused, StoredEvents.OfBatch>(
            "batch-paused/1", e => new(e.Batch, StoredTime.Of(e.At)), e => new(e.Batch, StoredTime.ToTime(e.At))),
        StoredFormat.Of<FarmEvents.BatchResumed, StoredEvents.OfBatch>(
            "batch-resumed/1", e => new(e.Batch, StoredTime.Of(e.At)), e => new(e.Batch, StoredTime.ToTime(e.At))),
        StoredFormat.Of<FarmEvents.BatchRemoved, StoredEvents.OfBatch>(
            "batch-removed/1", e => new(e.Batch, StoredTime.Of(e.At)), e => new(e.Batch, StoredTime.ToTime(e.At))),
        StoredFormat.Of<FarmEvents.PriorityChanged, StoredEvents.PriorityChanged>(
            "priority-changed/1", EventMapping.ToStored, EventMapping.ToDomain),
        StoredFormat.Of<FarmEvents.DeadlineChanged, StoredEvents.DeadlineChanged>(
            "deadline-changed/1", EventMapping.ToStored, EventMapping.ToDomain),
        StoredFormat.Of<FarmEvents.ClipRetried, StoredEvents.ClipRetried>(
            "clip-retried/1", EventMapping.ToStored, EventMapping.ToDomain),
        StoredFormat.Of<FarmEvents.BatchRestored, StoredEvents.BatchRestored>(
            "batch-restored/1", e => new(StateMapping.ToStored(e.Batch), StoredTime.Of(e.At)),
            e => new(StateMapping.ToDomain(e.Batch), StoredTime.ToTime(e.At))),
        StoredFormat.Of<FarmEvents.WorkerJoined, StoredEvents.WorkerJoined>(
            "worker-joined/1", EventMapping.ToStored, EventMapping.ToDomain),
        StoredFormat.Of<FarmEvents.WorkerLeft, StoredEvents.WorkerLeft>("worker-left/1", EventMapping.ToStored, EventMapping.ToDomain),
        StoredFormat.Of<FarmEvents.WorkerConditionChanged, StoredEvents.WorkerConditionChanged>(
            "worker-condition-changed/1", EventMapping.ToStored, EventMapping.ToDomain),
        StoredFormat.Of<FarmEvents.DrainStarted, StoredEvents.DrainStarted>(
            "drain-started/1", e => new(e.Worker, e.Name, StoredTime.Of(e.At)), e => new(e.Worker, e.Name, StoredTime.ToTime(e.At))),
        StoredFormat.Of<FarmEvents.DrainEnded, StoredEvents.DrainEnded>(
            "drain-ended/1", e => new(e.Worker, StoredTime.Of(e.At)), e => new(e.Worker, StoredTime.ToTime(e.At))),
        StoredFormat.Of<FarmEvents.WorkerTagged, StoredEvents.WorkerTagged>(
            "worker-tagged/1", EventMapping.ToStored, EventMapping.ToDomain),
        StoredFormat.Of<FarmEvents.WorkerHoursChanged, StoredEvents.WorkerHoursChanged>(
            "worker-hours-changed/1", e => new(e.Worker, e.Name, e.Hours, StoredTime.Of(e.At)),
            e => new(e.Worker, e.Name, e.Hours, StoredTime.ToTime(e.At))),
        StoredFormat.Of<FarmEvents.WorkerForgotten, StoredEvents.WorkerLeft>(
            "worker-forgotten/1", e => new(e.Worker, StoredTime.Of(e.At)), e => new(e.Worker, StoredTime.ToTime(e.At))),
        StoredFormat.Of<FarmEvents.AttemptStarted, StoredEvents.AttemptStarted>(
            "attempt-started/1", EventMapping.ToStored, EventMapping.ToDomain),
        StoredFormat.Of<FarmEvents.AttemptSucceeded, StoredEvents.AttemptSucceeded>(
            "attempt-succeeded/1", EventMapping.ToStored, EventMapping.ToDomain),
        StoredFormat.Of<FarmEvents.AttemptFailed, StoredEvents.AttemptFailed>(
            "attempt-failed/1", EventMapping.ToStored, EventMapping.ToDomain),
        StoredFormat.Of<FarmEvents.AttemptResumed, StoredEvents.OfAttempt>(
            "attempt-resumed/1", e => new(e.Attempt, e.Worker, StoredTime.Of(e.At)),
            e => new(e.Attempt, e.Worker, StoredTime.ToTime(e.At))),
        StoredFormat.Of<FarmEvents.AttemptAbandoned, StoredEvents.OfAttempt>(
            "attempt-abandoned/1", e => new(e.Attempt, e.Worker, StoredTime.Of(e.At)),
            e => new(e.Attempt, e.Worker, StoredTime.ToTime(e.At))),
        StoredFormat.Of<FarmEvents.OffloadAssigned, StoredEvents.OffloadAssigned>(
            "offload-assigned/1", EventMapping.ToStored, EventMapping.ToDomain),
        StoredFormat.Of<FarmEvents.OffloadStarted, StoredEvents.OffloadStarted>(
            "offload-started/1", e => new(e.Offload, StoredTime.Of(e.At)), e => new(e.Offload, StoredTime.ToTime(e.At))),
        StoredFormat.Of<FarmEvents.OffloadEnded, StoredEvents.OffloadEnded>(
            "offload-ended/1", EventMapping.ToStored, EventMapping.ToDomain),
        StoredFormat.Of<FarmEvents.ResultShared, StoredEvents.ResultShared>(
            "result-shared/1", EventMapping.ToStored, EventMapping.ToDomain),
        StoredFormat.Of<FarmEvents.ArtefactLost, StoredEvents.ArtefactLost>(
            "artefact-lost/1", e => new(e.Batch, e.Row, e.Name, StoredTime.Of(e.At)),
            e => new(e.Batch, e.Row, e.Name, StoredTime.ToTime(e.At))),
        StoredFormat.Of<FarmEvents.ClipFinished, StoredEvents.ClipFinished>(
            "clip-finished/1", EventMapping.ToStored, EventMapping.ToDomain),
        StoredFormat.Of<FarmEvents.ClipFailed, StoredEvents.ClipFailed>("clip-failed/1", EventMapping.ToStored, EventMapping.ToDomain),
        StoredFormat.Of<FarmState, StoredState>("farm-state/1", StateMapping.ToStored, StateMapping.ToDomain),
    ];

    private static readonly IReadOnlyDictionary<string, StoredFormat> ByManifest = Formats.ToDictionary(format => format.Manifest);

    // The last format of a type is its current one.
    private static readonly IReadOnlyDictionary<Type, StoredFormat> ByType =
        Formats.GroupBy(format => format.Type).ToDictionary(group => group.Key, group => group.Last());

    /// <inheritdoc/>
    public override int Identifier => 1002;

    /// <inheritdoc/>
    public override string Manifest(object o) => FormatOf(o).Manifest;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        using var buffer = new MemoryStream();
        FormatOf(obj).Write(buffer, obj);
        return buffer.ToArray();
    }

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest) =>
        ByManifest.TryGetValue(manifest, out var format)
            ? format.Read(bytes)
            : throw new SerializationException(
                $"The database contains a '{manifest}', which this version can't read: it was written by a newer version.");

    private static StoredFormat FormatOf(object stored) =>
        ByType.TryGetValue(stored.GetType(), out var format)
            ? format
            : throw new SerializationException($"{stored.GetType().Name} is not stored.");

    private sealed record StoredFormat(string Manifest, Type Type, Action<Stream, object> Write, Func<byte[], object> Read)
    {
        public static StoredFormat Of<TDomain, TStored>(string manifest, Func<TDomain, TStored> toStored, Func<TStored, TDomain> toDomain)
            where TDomain : class
            where TStored : class =>
            new(manifest, typeof(TDomain), (stream, domain) => ProtoBuf.Serializer.Serialize(stream, toStored((TDomain)domain)),
                bytes => toDomain(ProtoBuf.Serializer.Deserialize<TStored>(bytes.AsSpan())));
    }
}
