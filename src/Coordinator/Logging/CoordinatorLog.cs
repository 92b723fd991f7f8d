using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Logging;

/// <summary>The coordinator's log lines. Event ids are stable: 11xx workers, 12xx batches and clips, 13xx attempts, 14xx traces.</summary>
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

    [LoggerMessage(1201, LogLevel.Information, "Batch {Batch} submitted, clips: {Clips}.")]
    public static partial void BatchSubmitted(this ILogger logger, string batch, int clips);

    [LoggerMessage(1202, LogLevel.Information, "Batch {Batch} bound to model {Model}.")]
    public static partial void BatchBound(this ILogger logger, string batch, string model);

    [LoggerMessage(1211, LogLevel.Information, "Batch {Batch}, row {Row} finished.")]
    public static partial void ClipFinished(this ILogger logger, string batch, int row);

    [LoggerMessage(1212, LogLevel.Error, "Batch {Batch}, row {Row} failed: {Error}")]
    public static partial void ClipFailed(this ILogger logger, string batch, int row, string error);

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
}
