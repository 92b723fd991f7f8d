using Microsoft.Extensions.Logging;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Worker.Node;

/// <summary>The worker's log lines. Event ids are stable: 21xx the farm, 22xx stages.</summary>
internal static partial class WorkerLog
{
    [LoggerMessage(2101, LogLevel.Information, "Joined the farm at {Api}.")]
    public static partial void Joined(this ILogger logger, string api);

    [LoggerMessage(2201, LogLevel.Error, "{Attempt} failed unexpectedly.")]
    public static partial void AttemptFailed(this ILogger logger, Exception ex, AttemptAddress attempt);

    [LoggerMessage(2202, LogLevel.Warning, "A component was not prefetched: {Reason}")]
    public static partial void PrefetchFailed(this ILogger logger, string reason);

    [LoggerMessage(2203, LogLevel.Error, "Stages can't be run: {Problem}")]
    public static partial void Blocked(this ILogger logger, string problem);

    [LoggerMessage(2204, LogLevel.Information, "Stages can be run again.")]
    public static partial void Unblocked(this ILogger logger);
}
