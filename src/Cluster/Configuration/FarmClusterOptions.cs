using System.ComponentModel.DataAnnotations;

namespace MlxVideo.Cluster.Configuration;

/// <summary>The coordinator's detection of unreachable workers.</summary>
public sealed class FarmClusterOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Cluster";

    /// <summary>Maximum pause between cluster heartbeats before a worker counts as unreachable.</summary>
    [Range(typeof(TimeSpan), "00:00:02", "00:10:00")]
    public TimeSpan HeartbeatPause { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Time that a worker stays unreachable before its node is removed from the cluster.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan DownAfter { get; set; } = TimeSpan.FromSeconds(10);
}
