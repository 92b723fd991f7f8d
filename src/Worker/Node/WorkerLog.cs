using Microsoft.Extensions.Logging;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Worker.Node;

/// <summary>The worker's log messages. Event ids are stable: 21xx for the farm, 22xx for stages.</summary>
internal static partial class WorkerLog
{
    [LoggerMessage(2101, LogLevel.Information, "Joined the farm at {Api}.")]
    public static partial void Joined(this ILogger logger, string api);

    [LoggerMessage(2102, LogLevel.Information, "Drained by the farm: this worker ends when its stage has stopped.")]
    public static partial void Draining(this ILogger logger);

    [LoggerMessage(2103, LogLevel.Warning, "A result in the data folder can't be written, read or removed: {Reason}")]
    public static partial void SpoolFailed(this ILogger logger, string reason);

    [LoggerMessage(2201, LogLevel.Error, "{Attempt} failed unexpectedly.")]
    public static partial void AttemptFailed(this ILogger logger, Exception ex, AttemptAddress attempt);

    [LoggerMessage(2202, LogLevel.Warning, "Prefetching a component failed: {Reason}")]
    public static partial void PrefetchFailed(this ILogger logger, string reason);

    [LoggerMessage(2203, LogLevel.Error, "This worker can't run stages: {Problem}")]
    public static partial void Blocked(this ILogger logger, string problem);

    [LoggerMessage(2204, LogLevel.Information, "This worker can run stages again.")]
    public static partial void Unblocked(this ILogger logger);
}
