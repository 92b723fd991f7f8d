using System.ComponentModel.DataAnnotations;

namespace MlxVideo.Worker.Node;

/// <summary>Protocol timeouts on the worker's side.</summary>
public sealed class WorkerProtocolOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "WorkerProtocol";

    /// <summary>Interval of hellos, by which the worker registers, and registers again after it was removed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan HelloInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Unanswered hellos after which the farm counts as lost and the worker joins again. A sleeping worker sends none.</summary>
    [Range(1, 1000)]
    public int MaxUnansweredHellos { get; set; } = 8;

    /// <summary>Longest interval between two reports of a running attempt, each of which renews its lease.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Interval at which a final report is sent again until it is acknowledged.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan ResendInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Shortest time to wait for the offloaded evaluations of a step; after it, a helper that needs too long is given up.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan HelperPatience { get; set; } = TimeSpan.FromSeconds(1);
}
