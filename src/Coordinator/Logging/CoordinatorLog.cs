using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Logging;

/// <summary>
/// The coordinator's log lines. Event ids are stable: 11xx workers, 12xx batches and clips, 13xx attempts, 14xx traces and logs of
/// attempts, 15xx storage, 16xx health.
/// </summary>
internal static partial class CoordinatorLog
{
    [LoggerMessage(1101, LogLevel.Information, "Worker {Worker} joined on {Device}.")]
    public static partial void WorkerJoined(this ILogger logger, string worker, string device);

    [LoggerMessage(1102, LogLevel.Warning, "Worker {Worker} removed: {Reason}.")]
    public static partial void WorkerRemoved(this ILogger logger, string worker, string reason);

    [LoggerMessage(1103, LogLevel.Warning, "Refused worker {Worker} at {Address}: worker {Incumbent} has the same id and still answers.")]
    public static partial void WorkerRefused(this ILogger logger, string worker, Akka.Actor.Address address, string incumbent);

    [LoggerMessage(1104, LogLevel.Warning, "Worker {Worker} can't run stages: {Problem}")]
    public static partial void WorkerBlocked(this ILogger logger, string worker, string problem);

    [LoggerMessage(1105, LogLevel.Information, "Worker {Worker} can run stages again.")]
    public static partial void WorkerUnblocked(this ILogger logger, string worker);

    [LoggerMessage(1106, LogLevel.Warning, "Worker {Worker} joined, but gets no stages: {Reason}")]
    public static partial void WorkerUnfit(this ILogger logger, string worker, string reason);

    [LoggerMessage(1107, LogLevel.Information, "Worker {Worker} reconnected.")]
    public static partial void WorkerReconnected(this ILogger logger, string worker);

    [LoggerMessage(1108, LogLevel.Information, "Worker {Worker} is drained: it gets no more stages.")]
    public static partial void WorkerDrained(this ILogger logger, string worker);

    [LoggerMessage(1109, LogLevel.Information, "Worker {Worker} may be given stages again.")]
    public static partial void WorkerResumed(this ILogger logger, string worker);

    [LoggerMessage(1110, LogLevel.Information, "Tags of worker {Worker}: {Tags}.")]
    public static partial void WorkerTagged(this ILogger logger, string worker, string tags);

    [LoggerMessage(1111, LogLevel.Information, "Hours of worker {Worker}: {Hours}.")]
    public static partial void WorkerHoursChanged(this ILogger logger, string worker, string hours);

    [LoggerMessage(1112, LogLevel.Information, "Worker {Worker} is forgotten: its drain, overrides and learned speeds are removed.")]
    public static partial void WorkerForgotten(this ILogger logger, string worker);

    [LoggerMessage(1201, LogLevel.Information, "Batch {Batch} submitted, clips: {Clips}.")]
    public static partial void BatchSubmitted(this ILogger logger, string batch, int clips);

    [LoggerMessage(1202, LogLevel.Information, "Batch {Batch} bound to model {Model}.")]
    public static partial void BatchBound(this ILogger logger, string batch, string model);

    [LoggerMessage(1203, LogLevel.Information, "Batch {Batch} paused: its stages are not assigned.")]
    public static partial void BatchPaused(this ILogger logger, string batch);

    [LoggerMessage(1204, LogLevel.Information, "Batch {Batch} resumed.")]
    public static partial void BatchResumed(this ILogger logger, string batch);

    [LoggerMessage(1205, LogLevel.Information, "Batch {Batch} removed.")]
    public static partial void BatchRemoved(this ILogger logger, string batch);

    [LoggerMessage(1211, LogLevel.Information, "Batch {Batch}, row {Row} finished.")]
    public static partial void ClipFinished(this ILogger logger, string batch, int row);

    [LoggerMessage(1212, LogLevel.Error, "Batch {Batch}, row {Row} failed: {Error}")]
    public static partial void ClipFailed(this ILogger logger, string batch, int row, string error);

    [LoggerMessage(
        1213, LogLevel.Warning,
        "Batch {Batch}, row {Row}: '{Artefact}' was lost from the blob store; the stage that produces it runs again.")]
    public static partial void ArtefactLost(this ILogger logger, string batch, int row, string artefact);

    [LoggerMessage(1214, LogLevel.Information, "Batch {Batch}, row {Row} is retried.")]
    public static partial void ClipRetried(this ILogger logger, string batch, int row);

    [LoggerMessage(1301, LogLevel.Warning, "{Attempt} failed ({Kind}): {Message}")]
    public static partial void AttemptFailed(this ILogger logger, AttemptAddress attempt, FailureKind kind, string message);

    [LoggerMessage(1302, LogLevel.Information, "Refused the result of {Attempt}: the attempt has ended.")]
    public static partial void LateResult(this ILogger logger, AttemptAddress attempt);

    [LoggerMessage(1303, LogLevel.Information, "{Attempt} resumed: its worker is back.")]
    public static partial void AttemptResumed(this ILogger logger, AttemptAddress attempt);

    [LoggerMessage(1304, LogLevel.Warning, "Offload {Offload} ended ({Kind}): {Message}")]
    public static partial void OffloadEnded(this ILogger logger, OffloadAddress offload, FailureKind kind, string message);

    [LoggerMessage(1401, LogLevel.Warning, "Stopped tracing batch {Batch}: {Reason}")]
    public static partial void TraceGivenUp(this ILogger logger, string batch, string reason);

    [LoggerMessage(1402, LogLevel.Warning, "Log lines of attempts can't be written and are left out: {Error}")]
    public static partial void AttemptLogFailed(this ILogger logger, string error);

    [LoggerMessage(1501, LogLevel.Information, "Recovered the farm after event {Number}: open batches: {Batches}, workers: {Workers}.")]
    public static partial void Recovered(this ILogger logger, long number, int batches, int workers);

    [LoggerMessage(1502, LogLevel.Error, "The farm's events can't be stored, and the farm restarts: {Error}")]
    public static partial void PersistFailed(this ILogger logger, string error);

    [LoggerMessage(1503, LogLevel.Warning, "A snapshot could not be stored or an old one deleted; the next one is tried later: {Error}")]
    public static partial void SnapshotFailed(this ILogger logger, string error);

    [LoggerMessage(1504, LogLevel.Warning, "Batch {Batch} could not be moved to the archive and stays in memory: {Error}")]
    public static partial void ArchiveFailed(this ILogger logger, string batch, string error);

    [LoggerMessage(1505, LogLevel.Information, "Deleted {Blobs} blobs that are no longer needed ({Size}).")]
    public static partial void BlobsCollected(this ILogger logger, int blobs, string size);

    [LoggerMessage(1506, LogLevel.Warning, "Unneeded blobs could not be deleted; the next run tries again: {Error}")]
    public static partial void CollectionFailed(this ILogger logger, string error);

    [LoggerMessage(1507, LogLevel.Error, "The farm can't be recovered from its database, and tries again: {Error}")]
    public static partial void RecoveryFailed(this ILogger logger, string error);

    [LoggerMessage(
        1508, LogLevel.Warning, "The connection to the PostgreSQL server was lost, and the farm waits for the server to return: {Error}")]
    public static partial void DatabaseLost(this ILogger logger, string error);

    [LoggerMessage(1509, LogLevel.Information, "The PostgreSQL server answers again.")]
    public static partial void DatabaseBack(this ILogger logger);

    [LoggerMessage(1510, LogLevel.Warning, "Events can't be added to the farm's history; they are stored later: {Error}")]
    public static partial void HistoryFailed(this ILogger logger, string error);

    [LoggerMessage(1601, LogLevel.Warning, "The coordinator is not ready: {Reason} {Detail}")]
    public static partial void NotReady(this ILogger logger, string reason, string detail);

    [LoggerMessage(1602, LogLevel.Information, "{Check} passes again.")]
    public static partial void ReadyAgain(this ILogger logger, string check);
}
