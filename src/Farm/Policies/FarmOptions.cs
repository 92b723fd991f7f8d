using System.ComponentModel.DataAnnotations;

namespace MlxVideo.Farm.Policies;

/// <summary>Protocol timeouts and limits of a farm.</summary>
public sealed class FarmOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Farm";

    /// <summary>Time without a heartbeat after which a worker's attempt is reassigned.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Time for a worker with a closed connection to connect again before its attempt is reassigned.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ReconnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for the workers to connect again after the coordinator restarted, before their attempts are reassigned.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan RestartGrace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Multiple of its expected time that a step may take before its attempt counts as stalled and is reassigned.</summary>
    [Range(2.0, 10_000)]
    public double StallFactor { get; set; } = 20;

    /// <summary>Minimum time without a step before an attempt counts as stalled.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan StallMinimum { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Interval at which leases are checked and stages are assigned in the absence of other events.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan TickInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Minimum interval between two views of a batch sent to a watcher.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:01:00")]
    public TimeSpan ViewInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Number of clips that the coordinator muxes concurrently.</summary>
    [Range(1, 64)]
    public int ConcurrentMuxes { get; set; } = 1;
}
