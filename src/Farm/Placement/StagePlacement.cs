using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Placement;

/// <summary>
/// Places stages on workers in the given order: immediately on idle workers, and on busy ones by advancing the time at which they
/// become idle. Decisions and forecasts share this code.
/// </summary>
internal sealed class StagePlacement(IReadOnlyList<Slot> slots, RemainingWork remaining, PlacementRule rule)
{
    private readonly List<PlacedStage> _placed = [];
    private readonly HashSet<int> _placedKeys = [];
    private readonly List<(Candidate Candidate, double FinishIn)> _deferred = [];
    private readonly List<(Slot Slot, ModelComponent Component)> _kept = [];
    private int _filled;
    private double _at;
    private Action<PlacedStage>? _whenPlaced;

    /// <summary>The stages assigned to idle workers.</summary>
    public IReadOnlyList<PlacedStage> Placed => _placed;

    /// <summary>Idle workers reserved for stages that will soon be ready, with the components that they will need.</summary>
    public IReadOnlyList<(Slot Slot, ModelComponent Component)> Kept => _kept;

    /// <summary>Number of workers without an assignment or reservation.</summary>
    public int IdleCount { get; private set; } = slots.Count(slot => slot.IsIdle);

    /// <summary>Restarts placement at a time in seconds from now.</summary>
    public void BeginAt(double seconds)
    {
        (_at, _filled, IdleCount) = (seconds, 0, slots.Count(slot => slot.IsIdle));
        _placed.Clear();
        _placedKeys.Clear();
        _deferred.Clear();
        _kept.Clear();
    }

    /// <summary>True when a stage may be assigned to a worker.</summary>
    public bool CanRun(Slot slot, Candidate candidate) =>
        !_placedKeys.Contains(candidate.KeyNumber) && candidate.Fits(slot) && !IsAvoided(slot, candidate);

    /// <summary>
    /// Places stages in order while a worker is idle, then fills the remaining idle workers. Clips beyond the window are begun
    /// only for workers that would otherwise stay idle.
    /// </summary>
    /// <param name="stages">The stages, and whether their clips have begun.</param>
    /// <param name="openClips">Number of clips that have begun.</param>
    /// <param name="workers">Number of workers in the farm.</param>
    /// <param name="whenPlaced">Called for each stage that is assigned to a worker.</param>
    public void PlaceAll(
        IEnumerable<(Candidate Candidate, bool IsBegun)> stages, int openClips, int workers, Action<PlacedStage>? whenPlaced = null)
    {
        _whenPlaced = whenPlaced;
        var window = rule.OpenClipsPerWorker * workers;
        var left = Math.Max(PolicyConstants.LookAhead, 2 * IdleCount);
        foreach (var (candidate, isBegun) in stages)
        {
            if (!isBegun && openClips++ >= window)
                FillIdle();
            if (IdleCount == 0 || left == 0)
                break;
            if (Place(candidate))
                left--; // a stage that no worker can run must not hide its successors
        }

        FillIdle();
        _whenPlaced = null;
    }

    /// <summary>Assigns a stage to an idle worker.</summary>
    public void Assign(Slot slot, Candidate candidate, bool isSpeculative = false)
    {
        _placedKeys.Add(candidate.KeyNumber);
        var finish = candidate.FinishIn(slot);
        var placed = new PlacedStage(candidate, slot, finish, isSpeculative);
        _placed.Add(placed);
        _whenPlaced?.Invoke(placed);
        slot.Occupy(candidate.Component, finish);
        Take(slot);
    }

    /// <summary>Makes a worker idle after its stage was stopped.</summary>
    public void TakeBack(Slot slot)
    {
        slot.IsIdle = true;
        slot.FreeIn = 0;
        IdleCount++;
    }

    /// <summary>Returns the worker that would finish a stage first, and in how many seconds; null when no worker can run it.</summary>
    public (Slot? Slot, double FinishIn) Best(Candidate candidate, bool onlyIdle)
    {
        Slot? best = null;
        var earliest = double.MaxValue;
        for (var index = 0; index < slots.Count; index++)
        {
            var slot = slots[index];
            if ((onlyIdle && !slot.IsIdle) || candidate.EarliestIn(slot) >= earliest || !candidate.Fits(slot) || IsAvoided(slot, candidate))
                continue;
            var finish = candidate.FinishIn(slot);
            if (finish < earliest)
                (best, earliest) = (slot, finish);
        }

        return (best, earliest);
    }

    /// <summary>
    /// Assigns a stage to the worker that would finish it first, queues it for that worker, or reserves the worker for it.
    /// Returns false when no worker can run it.
    /// </summary>
    private bool Place(Candidate candidate)
    {
        if (_placedKeys.Contains(candidate.KeyNumber))
            return true;
        if (Best(candidate, onlyIdle: false) is not ({ } best, var finish))
            return false;
        if (best.IsIdle && !candidate.IsComing)
        {
            Assign(best, candidate);
            return true;
        }

        if (!candidate.IsComing)
            _deferred.Add((candidate, finish));
        else if (candidate.ReadyIn - _at > rule.HoldShare * candidate.Times.SecondsOn(best))
            return true;
        _placedKeys.Add(candidate.KeyNumber);
        best.Occupy(candidate.Component, finish);
        if (best.IsIdle)
        {
            Take(best);
            _kept.Add((best, candidate.Component));
        }

        return true;
    }

    /// <summary>
    /// Assigns stages that wait for other workers to the remaining idle workers, if that does not take much longer or the batch
    /// does not end later.
    /// </summary>
    private void FillIdle()
    {
        // Stages that were refused earlier would be refused again.
        for (; rule.FillsIdle && _filled < _deferred.Count && IdleCount > 0; _filled++)
        {
            var (candidate, finishIn) = _deferred[_filled];
            if (Best(candidate, onlyIdle: true) is not ({ } slot, var finish))
                continue;
            var makesItLater = finish - _at + remaining.SecondsBehind(candidate.Work) > remaining.Seconds;
            if (!makesItLater
                || (finish - _at <= PolicyConstants.TailGuard * (finishIn - _at) && !remaining.IsCritical(candidate.Work, rule.ChainSlack)))
                Assign(slot, candidate);
        }
    }

    private void Take(Slot slot)
    {
        slot.IsIdle = false;
        IdleCount--;
    }

    /// <summary>
    /// True for a worker on which the stage failed, or too many stages of its kind and batch, unless no other worker can run it.
    /// </summary>
    private bool IsAvoided(Slot slot, Candidate candidate)
    {
        var (failedOn, batch) = (candidate.Status.FailedOn, candidate.Batch);
        return (!failedOn.IsEmpty || !batch.Failures.IsEmpty) && HasFailed(slot)
            && slots.Any(other => !HasFailed(other) && candidate.Fits(other));

        bool HasFailed(Slot any) =>
            failedOn.Contains(any.Worker.Id) || batch.IsBlocked(any.Worker.Id, candidate.Work.Kind);
    }
}

/// <summary>A stage assigned to an idle worker.</summary>
/// <param name="FinishIn">Seconds from now until its outputs are available.</param>
/// <param name="IsSpeculative">True for a speculative attempt, which races the running one.</param>
internal sealed record PlacedStage(Candidate Candidate, Slot Slot, double FinishIn, bool IsSpeculative)
{
    public Assignment Assignment => new(Candidate.Address, Slot.Worker.Id, IsSpeculative);
}
