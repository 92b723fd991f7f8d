using MlxVideo.Farm.Placement;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Farm.Forecasting;

/// <summary>All unfinished worker stages of the open clips, with their dependencies.</summary>
internal sealed class OpenWork
{
    // Upper bound on the stages of a clip. Order numbers count down within a clip because its last stage goes first.
    private const int MaxStages = 1 << 12;

    private readonly List<OpenClip> _clips = [];
    private readonly List<OpenStage> _stages = [];
    private readonly Dictionary<(string Key, ModelBinding? Binding, string? Tag), OpenStage> _byKey = [];
    private readonly Candidates _candidates;
    private readonly RemainingWork _remaining;

    /// <param name="clips">Open clips in service order.</param>
    public OpenWork(IEnumerable<QueuedClip> clips, Candidates candidates, RemainingWork remaining)
    {
        (_candidates, _remaining) = (candidates, remaining);
        foreach (var clip in clips)
            Add(new OpenClip(clip));
        Reset();
    }

    /// <summary>The open clips in service order.</summary>
    public IReadOnlyList<OpenClip> Clips => _clips;

    public IReadOnlyList<OpenStage> Stages => _stages;

    /// <summary>True when an idle worker can be given a stage.</summary>
    public bool CanBeGiven(IReadOnlyList<Slot> slots) =>
        _stages.Exists(stage => stage.IsReady && slots.Any(slot => slot.IsIdle && stage.Candidate.Fits(slot)));

    /// <summary>Returns the stages that can be placed now, in a rule's order. Discards the effects of earlier forecasts.</summary>
    public ReadyQueue QueueFor(PlacementRule rule)
    {
        Reset();
        var queue = new ReadyQueue(_stages, rule);
        foreach (var stage in _stages)
        {
            if (stage.IsReady)
                queue.AddReady(stage);
            else if (stage.IsComing)
                queue.AddComing(stage);
        }

        return queue;
    }

    /// <summary>Discards the effects of a forecast: running stages run, and nothing else has begun.</summary>
    private void Reset()
    {
        foreach (var clip in _clips)
            clip.Reset();
        foreach (var stage in _stages)
            stage.Reset();
        foreach (var stage in _stages.Where(stage => stage.IsRunning))
            stage.Start(stage.RunsOn.Select(slot => slot.FreeIn).DefaultIfEmpty(double.PositiveInfinity).Min());
    }

    private void Add(OpenClip open)
    {
        _clips.Add(open);
        var clip = open.Queued.Clip;
        var makers = new Dictionary<string, OpenStage>(StringComparer.Ordinal);
        var files = new Dictionary<string, HeldFile>(StringComparer.Ordinal);
        for (var index = 0; index < clip.Plan.Stages.Count; index++)
        {
            var stage = clip.Plan.Stages[index];
            var work = clip.Work[stage.Id];
            if (work.Component is null || clip.Stages[stage.Id].State == StageState.Done)
                continue;
            if (!_byKey.TryGetValue((work.Key, open.Queued.Binding, clip.Constraints.Tag), out var made))
            {
                foreach (var input in stage.Inputs.Where(input => !files.ContainsKey(input) && clip.Artefacts.ContainsKey(input)))
                    files.Add(input, _candidates.FileOf(clip, input));
                var inputs = stage.Inputs.Where(files.ContainsKey).Select(input => files[input]).ToList();
                var outputs = stage.Outputs.Select(_ => new HeldFile(work.OutputBytes / stage.Outputs.Count, [])).ToList();
                made = new OpenStage(_candidates.Of(open.Queued, stage, inputs, _stages.Count), open, (_clips.Count * MaxStages) - index,
                    _remaining.ChainSeconds(work), outputs)
                {
                    IsRunning = clip.Stages[stage.Id].State == StageState.Running || _candidates.HasRunningTwin(open.Queued, stage),
                };
                foreach (var maker in stage.Inputs.Where(makers.ContainsKey).Select(input => makers[input]).Distinct())
                    made.ComesAfter(maker);
                _byKey.Add((work.Key, open.Queued.Binding, clip.Constraints.Tag), made);
                _stages.Add(made);
            }
            else
            {
                made.Clips.Add(open);
            }

            made.RunsOn.AddRange(clip.Stages[stage.Id].Running.Select(live => _candidates.SlotOf(live.Worker)).OfType<Slot>());
            open.Stages++;
            foreach (var (output, file) in stage.Outputs.Zip(made.Outputs))
            {
                makers[output] = made;
                files[output] = file;
            }
        }
    }
}
