using MlxVideo.Shared.Api;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Farm;

/// <summary>The latest memory use that workers reported with their progress. Only for display: no decision depends on it.</summary>
internal sealed class MemoryReports
{
    private readonly Dictionary<string, WorkerMemory> _reports = new(StringComparer.Ordinal);

    /// <summary>Records what a progress report of a worker contains.</summary>
    public void Record(string workerId, AttemptProgress progress)
    {
        if (progress.DriverBytes is { } driver)
            _reports[workerId] = new WorkerMemory(progress.TensorBytes, driver);
    }

    /// <summary>Removes a worker's report when the worker leaves.</summary>
    public void Forget(string workerId) => _reports.Remove(workerId);

    /// <summary>Adds the reports to the workers that run a stage.</summary>
    public FarmStatus AddTo(FarmStatus status) => status with
    {
        Workers = status.Workers.Select(worker =>
            worker.Activity is null ? worker : worker with { Memory = _reports.GetValueOrDefault(worker.Id) }).ToList(),
    };
}
