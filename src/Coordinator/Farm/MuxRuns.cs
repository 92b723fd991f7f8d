using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Coordinator.Farm;

/// <summary>The coordinator's own running stages, at most a given number at a time; failed ones wait before they are tried again.</summary>
internal sealed class MuxRuns(int limit)
{
    private readonly HashSet<AttemptAddress> _running = [];
    private readonly MuxBackoff _backoff = new();

    /// <summary>Returns the next stage to start; null when there is none, or too many run already.</summary>
    public StageAddress? Next(FarmState state, DateTimeOffset now) =>
        _running.Count < limit ? state.Local.Find(stage => !state.Batches[stage.Batch].IsPaused && _backoff.IsDue(stage, now)) : null;

    public void Started(AttemptAddress attempt) => _running.Add(attempt);

    public void Succeeded(AttemptAddress attempt)
    {
        _running.Remove(attempt);
        _backoff.Forget(attempt.Stage);
    }

    public void Failed(AttemptAddress attempt, DateTimeOffset now)
    {
        _running.Remove(attempt);
        _backoff.Failed(attempt.Stage, now);
    }

    /// <summary>Forgets a stage that will not be tried again.</summary>
    public void GiveUp(StageAddress stage) => _backoff.Forget(stage);
}
