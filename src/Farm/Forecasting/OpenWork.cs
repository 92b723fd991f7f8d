using MlxVideo.Farm.Placement;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Farm.Forecasting;

/// <summary>All tasks for workers that are left of the open clips, and what waits for what.</summary>
internal sealed class OpenWork
{
    // Of one clip the last task goes first: places are counted back within so many.
    private const int MostTasks = 1 << 12;

    private readonly List<OpenClip> _clips = [];
    private readonly List<OpenTask> _tasks = [];
    private readonly Dictionary<(string Key, ModelBinding? Binding, string? Tag), OpenTask> _byKey = [];
    private readonly Candidates _candidates;
    private readonly RemainingWork _remaining;

    /// <param name="clips">Open clips, in the order in which they are served.</param>
    /// <param name="candidates">Makes tasks.</param>
    /// <param name="remaining">What is left to do.</param>
    public OpenWork(IEnumerable<QueuedClip> clips, Candidates candidates, RemainingWork remaining)
    {
        (_candidates, _remaining) = (candidates, remaining);
        foreach (var clip in clips)
            Add(new OpenClip(clip));
        Reset();
    }

    /// <summary>The open clips, in the order in which they are served.</summary>
    public IReadOnlyList<OpenClip> Clips => _clips;

    /// <summary>Their tasks.</summary>
    public IReadOnlyList<OpenTask> Tasks => _tasks;

    /// <summary>True when a free worker could be given something.</summary>
    public bool CanBeGiven(IReadOnlyList<Slot> slots) =>
        _tasks.Exists(task => task.IsReady && slots.Any(slot => slot.IsIdle && task.Candidate.Fits(slot)));

    /// <summary>What could be placed now, in the order of a rule. What an earlier forecast made of the work is forgotten.</summary>
    public ReadyQueue QueueFor(PlacementRule rule)
    {
        Reset();
        var queue = new ReadyQueue(_tasks, rule);
        foreach (var task in _tasks)
        {
            if (task.IsReady)
                queue.AddReady(task);
            else if (task.IsComing)
                queue.AddComing(task);
        }

        return queue;
    }

    /// <summary>Forgets what a forecast made of it: running tasks run, and nothing else has begun.</summary>
    private void Reset()
    {
        foreach (var clip in _clips)
            clip.Reset();
        foreach (var task in _tasks)
            task.Reset();
        foreach (var task in _tasks.Where(task => task.IsRunning))
            task.Start(task.RunsOn.Select(slot => slot.FreeIn).DefaultIfEmpty(double.PositiveInfinity).Min());
    }

    private void Add(OpenClip open)
    {
        _clips.Add(open);
        var clip = open.Queued.Clip;
        var makers = new Dictionary<string, OpenTask>(StringComparer.Ordinal);
        var files = new Dictionary<string, HeldFile>(StringComparer.Ordinal);
        for (var index = 0; index < clip.Plan.Tasks.Count; index++)
        {
            var task = clip.Plan.Tasks[index];
            var work = clip.Work[task.Id];
            if (work.Part is null || clip.Stages[task.Id].State == StageState.Done)
                continue;
            if (!_byKey.TryGetValue((work.Key, open.Queued.Batch.Binding, clip.Constraints.Tag), out var made))
            {
                foreach (var input in task.Inputs.Where(input => !files.ContainsKey(input) && clip.Artefacts.ContainsKey(input)))
                    files.Add(input, _candidates.FileOf(clip, input));
                var inputs = task.Inputs.Where(files.ContainsKey).Select(input => files[input]).ToList();
                var outputs = task.Outputs.Select(_ => new HeldFile(work.OutputBytes / task.Outputs.Count, [])).ToList();
                made = new OpenTask(_candidates.Of(open.Queued, task, inputs, _tasks.Count), open, (_clips.Count * MostTasks) - index,
                    _remaining.ChainSeconds(work), outputs)
                {
                    IsRunning = clip.Stages[task.Id].State == StageState.Running || _candidates.IsMadeElsewhere(open.Queued, task),
                };
                foreach (var maker in task.Inputs.Where(makers.ContainsKey).Select(input => makers[input]).Distinct())
                    made.ComesAfter(maker);
                _byKey.Add((work.Key, open.Queued.Batch.Binding, clip.Constraints.Tag), made);
                _tasks.Add(made);
            }
            else
            {
                made.Clips.Add(open);
            }

            made.RunsOn.AddRange(clip.Stages[task.Id].Running.Select(live => _candidates.SlotOf(live.Worker)).OfType<Slot>());
            open.Tasks++;
            foreach (var (output, file) in task.Outputs.Zip(made.Outputs))
            {
                makers[output] = made;
                files[output] = file;
            }
        }
    }
}
