using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Farm.Views;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Farm;

/// <summary>
/// What workers last reported of their memory use, version and clock. Only for display: no decision depends on it.
/// </summary>
internal sealed class WorkerReports
{
    private readonly Dictionary<string, (AttemptAddress Attempt, WorkerMemory Memory)> _reports = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string? Version, double? ClockAheadS)> _hellos = new(StringComparer.Ordinal);

    /// <summary>Records what a progress report of a worker contains.</summary>
    public void Record(string workerId, AttemptProgress progress)
    {
        if (progress.DriverBytes is { } driver)
            _reports[workerId] = (progress.Attempt, new WorkerMemory(progress.TensorBytes, driver));
    }

    /// <summary>Records what a hello contains.</summary>
    /// <param name="wallClock">The coordinator's time of day.</param>
    public void Record(WorkerHello hello, DateTimeOffset wallClock) => _hellos[hello.WorkerId] = (
        hello.Version, hello.ClockMs is { } clock ? Math.Round((clock - wallClock.ToUnixTimeMilliseconds()) / 1000.0) : null);

    /// <summary>Removes a worker's reports when the worker leaves.</summary>
    public void Forget(string workerId)
    {
        _reports.Remove(workerId);
        _hellos.Remove(workerId);
    }

    /// <summary>Returns the farm's status with the reports.</summary>
    public FarmStatus Status(FarmSnapshot farm) => AddTo(farm.State, BatchViews.Status(farm));

    /// <summary>Returns workers with the reports.</summary>
    public IReadOnlyList<WorkerView> AddTo(FarmState state, IReadOnlyList<WorkerView> workers) =>
        AddTo(state, new FarmStatus(workers)).Workers;

    private FarmStatus AddTo(FarmState state, FarmStatus status) =>
        AddTo(status, id => state.Workers.GetValueOrDefault(id)?.Current?.Address);

    /// <summary>Adds the reports to workers; the memory use only to those that still run the attempt that it belongs to.</summary>
    /// <param name="current">Returns the attempt that a worker runs; null when it runs none.</param>
    internal FarmStatus AddTo(FarmStatus status, Func<string, AttemptAddress?> current) => status with
    {
        Workers = status.Workers.Select(worker => Add(worker, current(worker.Id))).ToList(),
    };

    private WorkerView Add(WorkerView worker, AttemptAddress? current)
    {
        if (_hellos.TryGetValue(worker.Id, out var hello))
            worker = worker with { Version = hello.Version, ClockAheadS = hello.ClockAheadS };
        return _reports.TryGetValue(worker.Id, out var report) && report.Attempt == current
            ? worker with { Memory = report.Memory }
            : worker;
    }
}
