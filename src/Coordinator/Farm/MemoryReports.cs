using MlxVideo.Farm.State;
using MlxVideo.Farm.Views;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Farm;

/// <summary>The latest memory use that workers reported with their progress. Only for display: no decision depends on it.</summary>
internal sealed class MemoryReports
{
    private readonly Dictionary<string, (AttemptAddress Attempt, WorkerMemory Memory)> _reports = new(StringComparer.Ordinal);

    /// <summary>Records what a progress report of a worker contains.</summary>
    public void Record(string workerId, AttemptProgress progress)
    {
        if (progress.DriverBytes is { } driver)
            _reports[workerId] = (progress.Attempt, new WorkerMemory(progress.TensorBytes, driver));
    }

    /// <summary>Removes a worker's report when the worker leaves.</summary>
    public void Forget(string workerId) => _reports.Remove(workerId);

    /// <summary>Returns the farm's status with the reports.</summary>
    public FarmStatus Status(FarmState state) =>
        AddTo(BatchViews.Status(state), id => state.Workers.GetValueOrDefault(id)?.Current?.Address);

    /// <summary>Adds the reports to the workers that still run the attempt that they belong to.</summary>
    /// <param name="current">Returns the attempt that a worker runs; null when it runs none.</param>
    internal FarmStatus AddTo(FarmStatus status, Func<string, AttemptAddress?> current) => status with
    {
        Workers = status.Workers.Select(worker => _reports.TryGetValue(worker.Id, out var report) && report.Attempt == current(worker.Id)
            ? worker with { Memory = report.Memory }
            : worker).ToList(),
    };
}
