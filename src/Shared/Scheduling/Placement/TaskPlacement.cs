using MlxVideo.Shared.Api;
using MlxVideo.Shared.Farm;

namespace MlxVideo.Shared.Scheduling.Placement;

/// <summary>Places tasks on workers in the order in which they come: on free ones now, on busy ones by moving on when they will be free.</summary>
internal sealed class TaskPlacement(FarmState state, IReadOnlyList<Slot> slots, Estimator estimator, RemainingWork remaining, SchedulingOptions options)
{
    private readonly List<Assignment> _assignments = [];
    private readonly HashSet<string> _placedKeys = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Key, string Batch), bool> _runningTwins = [];
    private readonly List<(Candidate Candidate, double FinishIn)> _deferred = [];
    private readonly HashSet<Slot> _takenBack = [];
    private int _filled;

    /// <summary>What free workers are given.</summary>
    public IReadOnlyList<Assignment> Assignments => _assignments;

    /// <summary>Workers that have nothing to do yet.</summary>
    public int IdleCount { get; private set; } = slots.Count(slot => slot.IsIdle);

    /// <summary>True when a worker may be given a task.</summary>
    public bool CanRun(Slot slot, Candidate candidate) => !IsMadeElsewhere(candidate) && estimator.Fits(slot, candidate) && !IsAvoided(slot, candidate);

    /// <summary>Gives a task to the worker that would end it first, or lets it wait for that one; false when none can run it.</summary>
    public bool Place(Candidate candidate)
    {
        if (IsMadeElsewhere(candidate))
            return true;
        if (Best(candidate, onlyIdle: false) is not ({ } best, var finish))
            return false;
        if (best.IsIdle)
        {
            Assign(best, candidate);
            return true;
        }

        _placedKeys.Add(candidate.Work.Key);
        Occupy(best, candidate, finish);
        _deferred.Add((candidate, finish));
        return true;
    }

    /// <summary>Workers that are still free take tasks that wait for others, where that does not take much longer, or the batch does not end later by it.</summary>
    public void FillIdle()
    {
        // What was refused before would be refused again.
        for (; _filled < _deferred.Count && IdleCount > 0; _filled++)
        {
            var (candidate, finishIn) = _deferred[_filled];
            if (Best(candidate, onlyIdle: true) is not ({ } slot, var finish))
                continue;
            var makesItLater = finish + remaining.SecondsBehind(candidate.Work) > remaining.Seconds;
            if (!makesItLater || (finish <= options.TailGuard * finishIn && !remaining.IsCritical(candidate.Work)))
                Assign(slot, candidate);
        }
    }

    /// <summary>
    /// Workers for which nothing is left race tasks that would take much longer where they run: the one that needs longest
    /// first, each by one copy only. Whichever ends first counts.
    /// </summary>
    public void Copy()
    {
        var isRaced = slots.Count(slot => slot.Worker.Current is { } current && state.StageOf(current.Address.Task)?.Find(current.Address.Number)?.IsCopy == true);
        var most = Math.Max(1, (int)(options.CopyShare * slots.Count)) - isRaced;
        if (IdleCount == 0 || most <= 0)
            return;
        foreach (var slow in slots.Where(slot => slot.Worker.Current is not null && !_takenBack.Contains(slot)).OrderByDescending(slot => estimator.RemainingSeconds(slot, slot.Worker.Current!.Address)))
        {
            if (IdleCount == 0 || most == 0)
                return;
            if (Running(slow) is not { } candidate || candidate.Stage.Running.Count > 1)
                continue;
            if (Best(candidate, onlyIdle: true) is ({ } fast, var finish) && finish <= options.CopyGain * estimator.RemainingSeconds(slow, slow.Worker.Current!.Address))
            {
                Assign(fast, candidate, isCopy: true);
                most--;
            }
        }
    }

    /// <summary>Gives a task to a free worker.</summary>
    public void Assign(Slot slot, Candidate candidate, bool isCopy = false)
    {
        _placedKeys.Add(candidate.Work.Key);
        _assignments.Add(new Assignment(candidate.Address, slot.Worker.Id, isCopy));
        Occupy(slot, candidate, estimator.FinishIn(slot, candidate));
        slot.IsIdle = false;
        IdleCount--;
    }

    /// <summary>A worker whose task is stopped is free.</summary>
    public void TakeBack(Slot slot)
    {
        _takenBack.Add(slot);
        slot.IsIdle = true;
        slot.FreeIn = 0;
        IdleCount++;
    }

    private Candidate? Running(Slot slot)
    {
        var task = slot.Worker.Current!.Address.Task;
        return state.ClipOf(task) is { } clip ? new Candidate(state.Batches[task.Batch], clip, clip.Task(task.Stage), clip.Work[task.Stage]) : null;
    }

    /// <summary>An equal task runs or was placed: its result will be this one's too.</summary>
    private bool IsMadeElsewhere(Candidate candidate)
    {
        if (_placedKeys.Contains(candidate.Work.Key))
            return true;
        var twins = state.ByKey[candidate.Work.Key];
        if (twins.Count == 1)
            return false;
        // Thousands of clips may have the same prompt: they are looked through once.
        var key = (candidate.Work.Key, candidate.Batch.Id);
        if (!_runningTwins.TryGetValue(key, out var runs))
            _runningTwins.Add(key, runs = twins.Any(twin => state.StageOf(twin)!.State == StageState.Running && IsSameModel(state.Batches[twin.Batch], candidate.Batch)));
        return runs;
    }

    private static bool IsSameModel(Batch one, Batch other) => one.Model is null || other.Model is null || one.Model == other.Model;

    /// <summary>The worker that would end a task first, and in how many seconds; none when no worker can run it.</summary>
    private (Slot? Slot, double FinishIn) Best(Candidate candidate, bool onlyIdle)
    {
        Slot? best = null;
        var earliest = double.MaxValue;
        foreach (var slot in slots)
        {
            if ((onlyIdle && !slot.IsIdle) || !estimator.Fits(slot, candidate) || IsAvoided(slot, candidate))
                continue;
            var finish = estimator.FinishIn(slot, candidate);
            if (finish < earliest)
                (best, earliest) = (slot, finish);
        }

        return (best, earliest);
    }

    /// <summary>A worker on which the task failed gets it again only when there are no others.</summary>
    private bool IsAvoided(Slot slot, Candidate candidate)
    {
        var failedOn = candidate.Stage.FailedOn;
        return !failedOn.IsEmpty && failedOn.Contains(slot.Worker.Id)
            && slots.Any(other => !failedOn.Contains(other.Worker.Id) && estimator.Fits(other, candidate));
    }

    private static void Occupy(Slot slot, Candidate candidate, double until)
    {
        slot.FreeIn = until;
        slot.Resident = slot.Resident.Using(candidate.Work.Part!.Value, slot.Worker.Capabilities);
    }
}
