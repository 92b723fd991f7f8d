using System.ComponentModel.DataAnnotations;

namespace MlxVideo.Farm.Policies;

/// <summary>Protocol timeouts and limits of a farm.</summary>
public sealed class FarmOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Farm";

    /// <summary>How long a worker may stay silent before its attempt is given to another.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Interval at which leases are checked and stages are assigned when nothing else happens.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan TickInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Shortest interval between two views of a batch that a watcher receives.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:01:00")]
    public TimeSpan ViewInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Clips that the coordinator muxes at the same time.</summary>
    [Range(1, 64)]
    public int ConcurrentMuxes { get; set; } = 1;
}
