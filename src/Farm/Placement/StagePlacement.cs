using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Placement;

/// <summary>
/// Places stages on workers in the order in which they come: on free ones now, on busy ones by moving on when they will be
/// free. Decisions and forecasts place by the same code.
/// </summary>
/// <param name="slots">The workers.</param>
/// <param name="remaining">What is left to do.</param>
/// <param name="rule">How.</param>
internal sealed class StagePlacement(IReadOnlyList<Slot> slots, RemainingWork remaining, PlacementRule rule)
{
    private readonly List<PlacedStage> _placed = [];
    private readonly HashSet<int> _placedKeys = [];
    private readonly List<(Candidate Candidate, double FinishIn)> _deferred = [];
    private readonly List<(Slot Slot, ModelComponent Component)> _kept = [];
    private int _filled;
    private double _at;
    private Action<PlacedStage>? _whenPlaced;

    /// <summary>What free workers are given.</summary>
    public IReadOnlyList<PlacedStage> Placed => _placed;

    /// <summary>Free workers that are kept for stages which are about to be ready, and the parts that they will need.</summary>
    public IReadOnlyList<(Slot Slot, ModelComponent Component)> Kept => _kept;

    /// <summary>Workers that have nothing to do yet.</summary>
    public int IdleCount { get; private set; } = slots.Count(slot => slot.IsIdle);

    /// <summary>Begins anew, so many seconds from now.</summary>
    public void BeginAt(double seconds)
    {
        (_at, _filled, IdleCount) = (seconds, 0, slots.Count(slot => slot.IsIdle));
        _placed.Clear();
        _placedKeys.Clear();
        _deferred.Clear();
        _kept.Clear();
    }

    /// <summary>True when a worker may be given a stage.</summary>
    public bool CanRun(Slot slot, Candidate candidate) =>
        !_placedKeys.Contains(candidate.KeyNumber) && candidate.Fits(slot) && !IsAvoided(slot, candidate);

    /// <summary>
    /// Places stages in their order while a worker is free, and fills those that would rest. Clips beyond the window are begun
    /// only for workers that would rest otherwise.
    /// </summary>
    /// <param name="stages">The stages, and whether their clips have begun.</param>
    /// <param name="openClips">Clips that have begun.</param>
    /// <param name="workers">Workers of the farm.</param>
    /// <param name="whenPlaced">Is told each stage that is given to a worker.</param>
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
                left--; // what nobody can run must not hide what comes after it
        }

        FillIdle();
        _whenPlaced = null;
    }

    /// <summary>Gives a stage to a free worker.</summary>
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

    /// <summary>A worker whose stage is stopped is free.</summary>
    public void TakeBack(Slot slot)
    {
        slot.IsIdle = true;
        slot.FreeIn = 0;
        IdleCount++;
    }

    /// <summary>The worker that would end a stage first, and in how many seconds; none when no worker can run it.</summary>
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
    /// Gives a stage to the worker that would end it first, or lets it wait for that one, or keeps the worker for it; false
    /// when none can run it.
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
    /// Workers that are still free take stages that wait for others, where that does not take much longer, or the batch does not end later
    /// by it.
    /// </summary>
    private void FillIdle()
    {
        // What was refused before would be refused again.
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

    /// <summary>A worker on which the stage failed gets it again only when there are no others.</summary>
    private bool IsAvoided(Slot slot, Candidate candidate)
    {
        var failedOn = candidate.Status.FailedOn;
        return !failedOn.IsEmpty && failedOn.Contains(slot.Worker.Id)
            && slots.Any(other => !failedOn.Contains(other.Worker.Id) && candidate.Fits(other));
    }
}

/// <summary>A stage that a free worker is given.</summary>
/// <param name="Candidate">The stage.</param>
/// <param name="Slot">The worker.</param>
/// <param name="FinishIn">Seconds from now until its outputs are there.</param>
/// <param name="IsSpeculative">True when it races an attempt that runs.</param>
internal sealed record PlacedStage(Candidate Candidate, Slot Slot, double FinishIn, bool IsSpeculative)
{
    /// <summary>The decision.</summary>
    public Assignment Assignment => new(Candidate.Address, Slot.Worker.Id, IsSpeculative);
}
