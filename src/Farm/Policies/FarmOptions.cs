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
