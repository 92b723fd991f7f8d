using MlxVideo.Farm.Placement;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Profiles;

namespace MlxVideo.Farm.Forecasting;

/// <summary>
/// Simulates the open clips under one placement rule, assuming that every stage takes its expected time. Whenever workers become
/// idle or stages become ready, the ready stages are placed exactly as a decision would place them.
/// </summary>
internal sealed class Forecast
{
    private readonly OpenWork _work;
    private readonly PlacementRule _rule;
    private readonly int _workers;
    private readonly RemainingWork _remaining;
    private readonly StagePlacement _placement;
    private readonly ReadyQueue _queue;
    private readonly List<Slot> _slots;
    private readonly SlotState[] _states;
    private readonly List<(OpenClip Clip, double FinishedIn)> _finished = [];
    private int _open;
    private int _waiting;

    /// <param name="work">The remaining work; the effects of an earlier forecast are discarded.</param>
    /// <param name="slots">The workers; not modified.</param>
    /// <param name="remaining">The total of the remaining work; not modified.</param>
    /// <param name="workers">Number of workers in the farm.</param>
    public Forecast(
        OpenWork work, IReadOnlyList<Slot> slots, RemainingWork remaining, PlacementRule rule, int workers)
    {
        (_work, _rule, _workers, _remaining) = (work, rule, workers, remaining.Copy());
        _slots = slots.Select(slot => slot.Copy()).ToList();
        _states = _slots.Select(slot => new SlotState { IsIdle = slot.IsIdle, FreeIn = slot.FreeIn, Resident = slot.Resident }).ToArray();
        _placement = new StagePlacement(_slots, _remaining, rule);
        _queue = work.QueueFor(rule);
        foreach (var stage in work.Stages)
        {
            foreach (var slot in stage.RunsOn)
                _states[slot.Index].Runs = stage;
        }

        _open = work.Clips.Count(clip => clip.IsBegun);
        _waiting = work.Clips.Count - _open;
    }

    /// <summary>Runs the forecast to the end of the open clips.</summary>
    /// <param name="latest">Seconds from now beyond which the result is of no interest.</param>
    /// <returns>The completion times of the clips; null when the end lies beyond <paramref name="latest"/>.</returns>
    public IReadOnlyList<(OpenClip Clip, double FinishedIn)>? Run(double latest)
    {
        for (double time = 0; time <= latest;)
        {
            Place(time);
            var next = double.PositiveInfinity;
            foreach (var state in _states)
            {
                if (!state.IsIdle)
                    next = Math.Min(next, state.FreeIn);
            }

            if (double.IsPositiveInfinity(next))
                return _finished;
            time = next;
            EndStages(time);
        }

        return null;
    }

    private void Place(double time)
    {
        for (var index = 0; index < _slots.Count; index++)
        {
            var (slot, state) = (_slots[index], _states[index]);
            (slot.IsIdle, slot.FreeIn, slot.Resident) = (state.IsIdle, Math.Max(time, state.FreeIn), state.Resident);
        }

        _placement.BeginAt(time);
        if (_placement.IdleCount == 0)
            return;
        _queue.PlaceAll(_placement, _slots, _rule.CriticalFrom(_remaining, _waiting, _workers), _open, _workers);
        foreach (var placed in _placement.Placed)
            Start(_work.Stages[placed.Candidate.Index], placed);
    }

    private void Start(OpenStage stage, PlacedStage placed)
    {
        var state = _states[placed.Slot.Index];
        (state.IsIdle, state.FreeIn, state.Resident, state.Runs) = (false, placed.FinishIn, placed.Slot.Resident, stage);
        _queue.Remove(stage);
        if (stage.Candidate.Work.IsPreparation || stage.Clip.IsBegun)
            return;
        stage.Clip.IsBegun = true;
        _open++;
        _waiting--;
    }

    private void EndStages(double time)
    {
        for (var index = 0; index < _states.Length; index++)
        {
            var state = _states[index];
            if (state.IsIdle || state.FreeIn > time)
                continue;
            var ended = state.Runs;
            (state.IsIdle, state.Runs) = (true, null);
            if (ended is not { IsDone: false } stage)
                continue;
            stage.End(_slots[index]);
            _remaining.Done(stage.Candidate.Work);
            StopRivals(stage, time);
            foreach (var behind in stage.Behind)
            {
                if (behind.IsReady)
                    _queue.AddReady(behind);
            }

            foreach (var clip in stage.Clips)
                StageDone(clip, time);
        }
    }

    private void StopRivals(OpenStage stage, double time)
    {
        foreach (var state in _states)
        {
            if (state.Runs == stage)
                state.FreeIn = time;
        }
    }

    private void StageDone(OpenClip clip, double time)
    {
        if (--clip.Left > 0)
            return;
        _finished.Add((clip, time));
        if (clip.IsBegun)
            _open--;
        else
            _waiting--;
    }

    /// <summary>A worker's state between two placements, without reservations.</summary>
    private sealed class SlotState
    {
        public required bool IsIdle { get; set; }

        public required double FreeIn { get; set; }

        public required ResidentComponents Resident { get; set; }

        public OpenStage? Runs { get; set; }
    }
}
