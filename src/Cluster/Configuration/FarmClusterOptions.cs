using System.ComponentModel.DataAnnotations;

namespace MlxVideo.Cluster.Configuration;

/// <summary>Failure detection between the nodes of a farm. All nodes should use the same values.</summary>
public sealed class FarmClusterOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Cluster";

    /// <summary>Maximum pause between cluster heartbeats before a node counts as unreachable.</summary>
    [Range(typeof(TimeSpan), "00:00:02", "00:10:00")]
    public TimeSpan HeartbeatPause { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Time that a node stays unreachable before it is removed.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan DownAfter { get; set; } = TimeSpan.FromSeconds(10);
}
