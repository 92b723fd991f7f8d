using System.Text.Json;
using MlxVideo.Cluster.Configuration;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>Settings of the daemons under test: lost nodes are detected in a third of the default time.</summary>
internal static class FastDetection
{
    private static readonly IReadOnlyDictionary<string, string> Settings = new Dictionary<string, string>
    {
        ["Cluster:HeartbeatPause"] = "00:00:05",
        ["Cluster:DownAfter"] = "00:00:03",
        ["Farm:Lease"] = "00:00:08",
        ["WorkerProtocol:Heartbeat"] = "00:00:01",
        ["WorkerProtocol:HelloInterval"] = "00:00:01",
    };

    /// <summary>Longer than failure detection, removal and lease combined.</summary>
    public static TimeSpan LongSleep { get; } = TimeSpan.FromSeconds(20);

    /// <summary>Writes the settings into a data folder.</summary>
    /// <param name="more">Additional settings of a test.</param>
    public static void Write(string dataFolder, IReadOnlyDictionary<string, string>? more = null)
    {
        var settings = new Dictionary<string, string>(Settings);
        foreach (var (key, value) in more ?? new Dictionary<string, string>())
            settings[key] = value;
        File.WriteAllText(
            Path.Combine(Directory.CreateDirectory(dataFolder).FullName, DaemonConfiguration.FileName), JsonSerializer.Serialize(settings));
    }
}
