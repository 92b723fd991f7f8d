using MlxVideo.Cli.Chaos.Plan;
using MlxVideo.Cli.Chaos.Processes;

namespace MlxVideo.Cli.Chaos.Injection;

/// <summary>Injects scheduled faults into a farm. Faults may overlap.</summary>
/// <param name="log">Receives each fault when it is over.</param>
internal sealed class FaultInjector(ChaosFarm farm, TimeProvider time, Action<FaultRecord> log)
{
    private const string Clients = "clients";
    private const string Cluster = "cluster";

    private readonly ProcessFaults _processes = new(time);
    private readonly DiskFaults _disks = new(time);
    private readonly ConnectionFaults _connections = new(time);
    private readonly Lock _gate = new();
    private readonly List<FaultRecord> _records = [];

    /// <summary>Injects all faults of a schedule at their times, and returns their records when all are over.</summary>
    /// <param name="start">Timestamp of the start of the schedule.</param>
    public async Task<IReadOnlyList<FaultRecord>> RunAsync(
        IReadOnlyList<Fault> schedule, long start, CancellationToken cancellationToken)
    {
        var running = new List<Task>();
        foreach (var fault in schedule)
        {
            var left = fault.At - time.GetElapsedTime(start);
            if (left > TimeSpan.Zero)
                await Task.Delay(left, time, cancellationToken);
            running.Add(InjectAsync(fault, start, cancellationToken));
        }

        await Task.WhenAll(running);
        return _records.OrderBy(record => record.AtS).ToList();
    }

    private async Task InjectAsync(Fault fault, long start, CancellationToken cancellationToken)
    {
        var at = time.GetElapsedTime(start);
        var outcome = await OutcomeAsync(fault, cancellationToken);
        var record = new FaultRecord(
            fault.Kind, Rounded(at), Rounded(fault.At), Rounded(fault.Duration), TargetOf(fault), outcome.IsInjected, outcome.Detail);
        lock (_gate)
            _records.Add(record);
        log(record);
    }

    private async Task<FaultOutcome> OutcomeAsync(Fault fault, CancellationToken cancellationToken)
    {
        var worker = farm.Workers[fault.Worker];
        return fault.Kind switch
        {
            FaultKind.KillWorker => ProcessFaults.Kill(worker, fault),
            FaultKind.KillEngine => ProcessFaults.KillEngine(worker),
            FaultKind.KillCoordinator => ProcessFaults.Kill(farm.Coordinator, fault),
            FaultKind.FreezeWorker => await _processes.FreezeAsync(worker, fault, cancellationToken),
            FaultKind.FreezeCoordinator => await _processes.FreezeAsync(farm.Coordinator, fault, cancellationToken),
            FaultKind.FillWorkerDisk => await _disks.FillAsync(worker, DiskFaults.FileLimit, fault, cancellationToken),
            FaultKind.FillCoordinatorDisk => await _disks.FillAsync(farm.Coordinator, DiskFaults.BlobQuota, fault, cancellationToken),
            FaultKind.CorruptCoordinatorBlob => BlobFaults.Corrupt(farm.Coordinator, fault),
            FaultKind.CorruptWorkerBlob => BlobFaults.Corrupt(worker, fault),
            FaultKind.DropHttpConnections => await _connections.DropAsync(farm.ProxyOf(fault.Worker), fault, cancellationToken),
            FaultKind.DropClientConnections => await _connections.DropAsync(farm.ClientProxy, fault, cancellationToken),
            FaultKind.DropClusterConnections => await ConnectionFaults.DropClusterAsync(farm.ClusterPort, cancellationToken),
            _ => throw new ArgumentOutOfRangeException(nameof(fault), fault.Kind, "Unknown kind of fault."),
        };
    }

    private string TargetOf(Fault fault) => fault.Kind switch
    {
        FaultKind.KillCoordinator or FaultKind.FreezeCoordinator or FaultKind.FillCoordinatorDisk or FaultKind.CorruptCoordinatorBlob =>
            farm.Coordinator.Name,
        FaultKind.DropClientConnections => Clients,
        FaultKind.DropClusterConnections => Cluster,
        _ => farm.Workers[fault.Worker].Name,
    };

    private static double Rounded(TimeSpan time) => Math.Round(time.TotalSeconds, 2);
}
