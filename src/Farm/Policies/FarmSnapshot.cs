using MlxVideo.Farm.Profiles;
using MlxVideo.Farm.State;

namespace MlxVideo.Farm.Policies;

/// <summary>The input of a scheduling decision; immutable.</summary>
/// <param name="State">Batches, clips, stages, workers and their attempts.</param>
/// <param name="Profiles">The learned worker profiles.</param>
public sealed record FarmSnapshot(FarmState State, WorkerProfiles Profiles)
{
    /// <summary>
    /// Offset of the wall clock from the farm's own time, which never jumps (<see cref="Time.MonotonicTimeProvider"/>).
    /// </summary>
    public TimeSpan WallClockOffset { get; init; }

    /// <summary>
    /// Returns the farm without the workers that take no part in scheduling and estimates: unfit ones, and drained ones without a stage.
    /// </summary>
    public FarmSnapshot OfUsableWorkers()
    {
        var others = State.Workers.Values
            .Where(worker => !worker.IsFit || (worker.Current is null && State.Drained.ContainsKey(worker.Id)))
            .Select(worker => worker.Id).ToList();
        return others.Count == 0 ? this : this with { State = State with { Workers = State.Workers.RemoveRange(others) } };
    }

    /// <summary>Returns the farm without paused batches among the open ones; their running attempts go on.</summary>
    public FarmSnapshot OfActiveBatches()
    {
        var paused = State.Open.Where(id => State.Batches[id].IsPaused).ToList();
        return paused.Count == 0 ? this : this with { State = State with { Open = State.Open.Except(paused) } };
    }

    /// <summary>Returns the wall-clock time, to which deadlines and working hours refer.</summary>
    /// <param name="now">The farm's time.</param>
    public DateTimeOffset WallClock(DateTimeOffset now) => now + WallClockOffset;
}
