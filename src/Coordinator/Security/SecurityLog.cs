namespace MlxVideo.Coordinator.Security;

/// <summary>The coordinator's log lines about access. Event ids are stable: 15xx.</summary>
internal static partial class SecurityLog
{
    [LoggerMessage(1501, LogLevel.Information, "Worker {Worker} enrolled with a join token (id {Id}).")]
    public static partial void WorkerEnrolled(this ILogger logger, string worker, string id);

    [LoggerMessage(1502, LogLevel.Warning, "Worker {Worker} revoked (id {Id}).")]
    public static partial void WorkerRevoked(this ILogger logger, string worker, string id);
}
