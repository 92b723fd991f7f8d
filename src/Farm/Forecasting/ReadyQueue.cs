using MlxVideo.Farm.Placement;

namespace MlxVideo.Farm.Forecasting;

/// <summary>
/// Tasks that could be placed, in the order of a rule: higher classes first; in a class the critical ones, longest chain
/// first, then the others in the order of clips, or the shortest first.
/// </summary>
/// <param name="tasks">All tasks, by their index.</param>
/// <param name="rule">The rule.</param>
internal sealed class ReadyQueue(IReadOnlyList<OpenTask> tasks, PlacementRule rule)
{
    private static readonly Comparison<OpenTask> LongestFirst = (one, other) => ByClass(one, other) is var byClass and not 0 ? byClass
        : other.ChainSeconds.CompareTo(one.ChainSeconds) is var byChain and not 0 ? byChain : one.Order.CompareTo(other.Order);

    private static readonly Comparison<OpenTask> InOrderOfClips = (one, other) =>
        ByClass(one, other) is var byClass and not 0 ? byClass : one.Order.CompareTo(other.Order);

    private static readonly Comparison<OpenTask> ShortestFirst = (one, other) => ByClass(one, other) is var byClass and not 0 ? byClass
        : one.Deadline.CompareTo(other.Deadline) is var byDeadline and not 0 ? byDeadline
        : one.ChainSeconds.CompareTo(other.ChainSeconds) is var byChain and not 0 ? byChain : one.Order.CompareTo(other.Order);

    private readonly Comparison<OpenTask> _usual = rule.ShortestFirst ? ShortestFirst : InOrderOfClips;
    private readonly List<OpenTask> _longestFirst = [];
    private readonly List<OpenTask> _usualOrder = [];
    private readonly List<(TaskTime Times, int Ready)> _sizes = [];
    private readonly Queue<OpenTask> _metLate = [];
    private double _criticalFrom;
    private int _longestAt;
    private int _usualAt;

    /// <summary>A task is ready; it may be there already as one that is coming.</summary>
    public void AddReady(OpenTask task)
    {
        Count(task, 1);
        if (!rule.KeepsWorkers || !_usualOrder.Contains(task))
            Add(task);
    }

    /// <summary>A task will be ready when those that run end.</summary>
    public void AddComing(OpenTask task)
    {
        if (rule.KeepsWorkers)
            Add(task);
    }

    /// <summary>Takes out a task that was given to a worker.</summary>
    public void Remove(OpenTask task)
    {
        _longestFirst.Remove(task);
        _usualOrder.Remove(task);
    }

    /// <summary>Places what is there. Tasks behind those that are given to workers are coming at once.</summary>
    /// <param name="placement">Places it.</param>
    /// <param name="slots">The workers.</param>
    /// <param name="criticalFrom">Chains that are longer go first, in seconds.</param>
    /// <param name="openClips">Clips that have begun.</param>
    /// <param name="workers">Workers of the farm.</param>
    public void PlaceAll(TaskPlacement placement, IReadOnlyList<Slot> slots, double criticalFrom, int openClips, int workers)
    {
        placement.PlaceAll(InOrder(slots, placement, criticalFrom), openClips, workers, Start);
        (_longestAt, _usualAt) = (0, 0);
        _metLate.Clear();
    }

    /// <summary>A task was given to a worker, maybe while the queue is gone through: what comes after it is coming now.</summary>
    private void Start(PlacedTask placed)
    {
        var task = tasks[placed.Candidate.Index];
        task.Start(placed.FinishIn);
        Count(task, -1);
        foreach (var behind in task.Behind)
        {
            if (rule.KeepsWorkers && behind.IsComing)
                Add(behind);
        }
    }

    /// <summary>
    /// The tasks in their order, and whether their clips have begun, until no ready one fits on a free worker. What is coming
    /// meanwhile is met in its place, or at once where that has gone by.
    /// </summary>
    private IEnumerable<(Candidate Candidate, bool IsBegun)> InOrder(
        IReadOnlyList<Slot> slots, TaskPlacement placement, double criticalFrom)
    {
        var (idle, isOver) = (-1, false);
        Func<int, OpenTask?>[] parts = [NextCritical, NextUsual];
        (_longestAt, _usualAt, _criticalFrom) = (0, 0, criticalFrom);
        while (_usualAt < _usualOrder.Count && !IsOver())
        {
            var priority = _usualOrder[_usualAt].Class;
            foreach (var next in parts)
            {
                while (next(priority) is { } task && !IsOver())
                {
                    yield return (task.Candidate, task.Clip.IsBegun);
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

    private static int ByClass(OpenTask one, OpenTask other) => other.Class.CompareTo(one.Class);

    private static int Insert(List<OpenTask> tasks, OpenTask task, Comparison<OpenTask> comparison)
    {
        var place = tasks.Count;
        while (place > 0 && comparison(task, tasks[place - 1]) < 0)
            place--;
        tasks.Insert(place, task);
        return place;
    }

    /// <summary>The next critical task of a class or above, which was met too late there; null when all were met.</summary>
    private OpenTask? NextCritical(int priority)
    {
        while (_longestAt < _longestFirst.Count && _longestFirst[_longestAt].Class >= priority)
        {
            if (_longestFirst[_longestAt++] is { } task && task.ChainSeconds > _criticalFrom)
                return task;
        }

        return null;
    }

    /// <summary>The next task of a class that is not critical; null when all were met.</summary>
    private OpenTask? NextUsual(int priority)
    {
        while (_usualAt < _usualOrder.Count && _usualOrder[_usualAt].Class == priority)
        {
            if (_usualOrder[_usualAt++] is { } task && task.ChainSeconds <= _criticalFrom)
                return task;
        }

        return null;
    }

    private void Add(OpenTask task)
    {
        var longest = Insert(_longestFirst, task, LongestFirst);
        var usual = Insert(_usualOrder, task, _usual);
        var (isLongestBy, isUsualBy) = (longest < _longestAt, usual < _usualAt);
        _longestAt += isLongestBy ? 1 : 0;
        _usualAt += isUsualBy ? 1 : 0;
        if (task.ChainSeconds > _criticalFrom ? isLongestBy : isUsualBy)
            _metLate.Enqueue(task);
    }

    private void Count(OpenTask task, int by)
    {
        var place = _sizes.FindIndex(size => size.Times == task.Candidate.Times);
        if (place < 0)
            _sizes.Add((task.Candidate.Times, by));
        else
            _sizes[place] = (task.Candidate.Times, _sizes[place].Ready + by);
    }
}
