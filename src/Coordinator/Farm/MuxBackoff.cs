using MlxVideo.Shared.Batches;

namespace MlxVideo.Coordinator.Farm;

/// <summary>Delays retries of failed mux stages. The delay doubles with each failure.</summary>
internal sealed class MuxBackoff
{
    private const int Doublings = 6; // caps the delay at about a minute

    private readonly Dictionary<StageAddress, (int Failures, DateTimeOffset Due)> _failed = [];

    public bool IsDue(StageAddress stage, DateTimeOffset now) => !_failed.TryGetValue(stage, out var failed) || failed.Due <= now;

    public void Failed(StageAddress stage, DateTimeOffset now)
    {
        var failures = _failed.GetValueOrDefault(stage).Failures;
        _failed[stage] = (failures + 1, now + TimeSpan.FromSeconds(1 << Math.Min(failures, Doublings)));
    }

    public void Forget(StageAddress stage) => _failed.Remove(stage);
}
