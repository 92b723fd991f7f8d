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

    /// <summary>Returns the farm without its unfit workers, which take no part in scheduling and estimates.</summary>
    public FarmSnapshot OfFitWorkers()
    {
        var unfit = State.Workers.Values.Where(worker => !worker.IsFit).Select(worker => worker.Id).ToList();
        return unfit.Count == 0 ? this : this with { State = State with { Workers = State.Workers.RemoveRange(unfit) } };
    }

    /// <summary>Returns the wall-clock time, to which deadlines and working hours refer.</summary>
    /// <param name="now">The farm's time.</param>
    public DateTimeOffset WallClock(DateTimeOffset now) => now + WallClockOffset;
}
