using MlxVideo.Shared.Batches;

namespace MlxVideo.Coordinator.Farm;

/// <summary>When clips whose muxing failed may be muxed again: after a pause that doubles with each failure.</summary>
internal sealed class MuxBackoff
{
    private const int Doublings = 6; // about a minute

    private readonly Dictionary<TaskAddress, (int Failures, DateTimeOffset Due)> _failed = [];

    public bool IsDue(TaskAddress task, DateTimeOffset now) => !_failed.TryGetValue(task, out var failed) || failed.Due <= now;

    public void Failed(TaskAddress task, DateTimeOffset now)
    {
        var failures = _failed.GetValueOrDefault(task).Failures;
        _failed[task] = (failures + 1, now + TimeSpan.FromSeconds(1 << Math.Min(failures, Doublings)));
    }

    public void Forget(TaskAddress task) => _failed.Remove(task);
}
