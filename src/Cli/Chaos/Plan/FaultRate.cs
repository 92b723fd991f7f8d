namespace MlxVideo.Cli.Chaos.Plan;

/// <summary>Frequency and duration of a kind of fault.</summary>
/// <param name="MeanInterval">
/// Mean time between two faults of the kind in the whole farm; long enough for stages to finish in between.
/// </param>
/// <param name="MinDuration">Minimum duration.</param>
/// <param name="MaxDuration">Maximum duration.</param>
public sealed record FaultRate(TimeSpan MeanInterval, TimeSpan MinDuration, TimeSpan MaxDuration)
{
    private static readonly IReadOnlyDictionary<FaultKind, FaultRate> Rates = new Dictionary<FaultKind, FaultRate>
    {
        [FaultKind.KillWorker] = Seconds(50, 0.1, 4),
        [FaultKind.KillEngine] = Seconds(25, 0, 0),
        [FaultKind.KillCoordinator] = Seconds(60, 0.1, 8),
        [FaultKind.FreezeWorker] = Seconds(80, 12, 20), // Detection takes 8 s with the settings of ChaosFarm.
        [FaultKind.FreezeCoordinator] = Seconds(80, 0.5, 4),
        [FaultKind.FillWorkerDisk] = Seconds(90, 8, 16),
        [FaultKind.FillCoordinatorDisk] = Seconds(120, 6, 14),
        [FaultKind.CorruptCoordinatorBlob] = Seconds(30, 0, 0),
        [FaultKind.CorruptWorkerBlob] = Seconds(30, 0, 0),
        [FaultKind.DropHttpConnections] = Seconds(20, 0, 4),
        [FaultKind.DropClientConnections] = Seconds(40, 0, 3),
        [FaultKind.DropClusterConnections] = Seconds(40, 0, 0),
    };

    /// <summary>Returns the rate of a kind.</summary>
    public static FaultRate Of(FaultKind kind) => Rates[kind];

    private static FaultRate Seconds(double mean, double min, double max) =>
        new(TimeSpan.FromSeconds(mean), TimeSpan.FromSeconds(min), TimeSpan.FromSeconds(max));
}
