using MlxVideo.Farm.Placement;

namespace MlxVideo.Farm.Forecasting;

/// <summary>
/// Stages that can be placed, in a rule's order: highest priority class first; within a class the critical stages, longest chain
/// first, then the others in clip order or shortest chain first.
/// </summary>
/// <param name="stages">All stages by index.</param>
internal sealed class ReadyQueue(IReadOnlyList<OpenStage> stages, PlacementRule rule)
{
    private static readonly Comparison<OpenStage> LongestFirst = (one, other) => ByClass(one, other) is var byClass and not 0 ? byClass
        : other.ChainSeconds.CompareTo(one.ChainSeconds) is var byChain and not 0 ? byChain : one.Order.CompareTo(other.Order);

    private static readonly Comparison<OpenStage> InOrderOfClips = (one, other) =>
        ByClass(one, other) is var byClass and not 0 ? byClass : one.Order.CompareTo(other.Order);

    private static readonly Comparison<OpenStage> ShortestFirst = (one, other) => ByClass(one, other) is var byClass and not 0 ? byClass
        : one.Deadline.CompareTo(other.Deadline) is var byDeadline and not 0 ? byDeadline
        : one.ChainSeconds.CompareTo(other.ChainSeconds) is var byChain and not 0 ? byChain : one.Order.CompareTo(other.Order);

    private readonly Comparison<OpenStage> _usual = rule.ShortestFirst ? ShortestFirst : InOrderOfClips;
    private readonly List<OpenStage> _longestFirst = [];
    private readonly List<OpenStage> _usualOrder = [];
    private readonly List<(StageTime Times, int Ready)> _sizes = [];
    private readonly Queue<OpenStage> _metLate = [];
    private double _criticalFrom;
    private int _longestAt;
    private int _usualAt;

    /// <summary>Adds a ready stage, which may already be queued as upcoming.</summary>
    public void AddReady(OpenStage stage)
    {
        Count(stage, 1);
        if (!rule.KeepsWorkers || !_usualOrder.Contains(stage))
            Add(stage);
    }

    /// <summary>Adds an upcoming stage, which becomes ready when running stages end.</summary>
    public void AddComing(OpenStage stage)
    {
        if (rule.KeepsWorkers)
            Add(stage);
    }

    /// <summary>Removes a stage that was assigned to a worker.</summary>
    public void Remove(OpenStage stage)
    {
        _longestFirst.Remove(stage);
        _usualOrder.Remove(stage);
    }

    /// <summary>Places the queued stages. Successors of assigned stages become upcoming immediately.</summary>
    /// <param name="criticalFrom">Chain length in seconds above which a stage goes first.</param>
    /// <param name="openClips">Number of clips that have begun.</param>
    /// <param name="workers">Number of workers in the farm.</param>
    public void PlaceAll(StagePlacement placement, IReadOnlyList<Slot> slots, double criticalFrom, int openClips, int workers)
    {
        placement.PlaceAll(InOrder(slots, placement, criticalFrom), openClips, workers, Start);
        (_longestAt, _usualAt) = (0, 0);
        _metLate.Clear();
    }

    /// <summary>
    /// Records an assignment, possibly during the enumeration of the queue, and adds successors that become upcoming.
    /// </summary>
    private void Start(PlacedStage placed)
    {
        var stage = stages[placed.Candidate.Index];
        stage.Start(placed.FinishIn);
        Count(stage, -1);
        foreach (var behind in stage.Behind)
        {
            if (rule.KeepsWorkers && behind.IsComing)
                Add(behind);
        }
    }

    /// <summary>
    /// Returns the stages in order, and whether their clips have begun, until no ready stage fits on an idle worker. Stages that
    /// become upcoming during the enumeration are returned at their position, or immediately if it has passed.
    /// </summary>
    private IEnumerable<(Candidate Candidate, bool IsBegun)> InOrder(
        IReadOnlyList<Slot> slots, StagePlacement placement, double criticalFrom)
    {
        var (idle, isOver) = (-1, false);
        Func<int, OpenStage?>[] parts = [NextCritical, NextUsual];
        (_longestAt, _usualAt, _criticalFrom) = (0, 0, criticalFrom);
        while (_usualAt < _usualOrder.Count && !IsOver())
        {
            var priority = _usualOrder[_usualAt].Class;
            foreach (var next in parts)
            {
                while (next(priority) is { } stage && !IsOver())
                {
                    yield return (stage.Candidate, stage.Clip.IsBegun);
                    while (_metLate.TryDequeue(out var late))
                        yield return (late.Candidate, late.Clip.IsBegun);
                }
            }

        }

        bool IsOver()
        {
            if (placement.IdleCount != idle)
                (idle, isOver) =
                    (placement.IdleCount,
                        !_sizes.Exists(size => size.Ready > 0 && slots.Any(slot => slot.IsIdle && size.Times.CanRun(slot))));
            return isOver;
        }
    }

    private static int ByClass(OpenStage one, OpenStage other) => other.Class.CompareTo(one.Class);

    private static int Insert(List<OpenStage> stages, OpenStage stage, Comparison<OpenStage> comparison)
    {
        var place = stages.Count;
        while (place > 0 && comparison(stage, stages[place - 1]) < 0)
            place--;
        stages.Insert(place, stage);
        return place;
    }

    /// <summary>
    /// Returns the next critical stage of a class, or one of a higher class that was added too late; null when none is left.
    /// </summary>
    private OpenStage? NextCritical(int priority)
    {
        while (_longestAt < _longestFirst.Count && _longestFirst[_longestAt].Class >= priority)
        {
            if (_longestFirst[_longestAt++] is { } stage && stage.ChainSeconds > _criticalFrom)
                return stage;
        }

        return null;
    }

    /// <summary>Returns the next non-critical stage of a class; null when none is left.</summary>
    private OpenStage? NextUsual(int priority)
    {
        while (_usualAt < _usualOrder.Count && _usualOrder[_usualAt].Class == priority)
        {
            if (_usualOrder[_usualAt++] is { } stage && stage.ChainSeconds <= _criticalFrom)
                return stage;
        }

        return null;
    }

    private void Add(OpenStage stage)
    {
        var longest = Insert(_longestFirst, stage, LongestFirst);
        var usual = Insert(_usualOrder, stage, _usual);
        var (isLongestBy, isUsualBy) = (longest < _longestAt, usual < _usualAt);
        _longestAt += isLongestBy ? 1 : 0;
        _usualAt += isUsualBy ? 1 : 0;
        if (stage.ChainSeconds > _criticalFrom ? isLongestBy : isUsualBy)
            _metLate.Enqueue(stage);
    }

    private void Count(OpenStage stage, int by)
    {
        var place = _sizes.FindIndex(size => size.Times == stage.Candidate.Times);
        if (place < 0)
            _sizes.Add((stage.Candidate.Times, by));
        else
            _sizes[place] = (stage.Candidate.Times, _sizes[place].Ready + by);
    }
}
