using MlxVideo.Farm.Profiles;
using MlxVideo.Farm.State;

namespace MlxVideo.Farm.Policies;

/// <summary>All that a scheduling decision is made of; immutable.</summary>
/// <param name="State">Batches, clips, stages, workers and their attempts.</param>
/// <param name="Profiles">What was learned of the workers.</param>
public sealed record FarmSnapshot(FarmState State, WorkerProfiles Profiles)
{
    /// <summary>
    /// How far the wall clock is ahead of the farm's own time, which never jumps (<see cref="Time.MonotonicTimeProvider"/>).
    /// </summary>
    public TimeSpan WallClockOffset { get; init; }

    /// <summary>The time of day, by which deadlines and working hours go.</summary>
    /// <param name="now">The farm's time.</param>
    public DateTimeOffset WallClock(DateTimeOffset now) => now + WallClockOffset;
}
