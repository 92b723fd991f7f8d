using System.ComponentModel.DataAnnotations;

namespace MlxVideo.Worker.Node;

/// <summary>Protocol timeouts on the worker's side.</summary>
public sealed class WorkerProtocolOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "WorkerProtocol";

    /// <summary>Interval of the hello messages that register the worker, also after a removal.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan HelloInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Unanswered hellos after which the farm counts as lost and the worker rejoins. A sleeping worker sends none.</summary>
    [Range(1, 1000)]
    public int MaxUnansweredHellos { get; set; } = 8;

    /// <summary>Maximum interval between reports of a running attempt; each report renews the lease.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Interval for resending a final report until it is acknowledged.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan ResendInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Minimum wait for the offloaded evaluations of a step before a slow helper is given up.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan HelperPatience { get; set; } = TimeSpan.FromSeconds(1);
}
