using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Placement;

/// <summary>Creates candidates from stages of clips, with their times and the holders of their inputs.</summary>
internal sealed class Candidates(FarmState state, IReadOnlyList<Slot> slots, FarmTimes times)
{
    private readonly Dictionary<string, int> _slotOf =
        slots.ToDictionary(slot => slot.Worker.Id, slot => slot.Index, StringComparer.Ordinal);
    private readonly Dictionary<(string Key, ModelBinding? Binding), int> _keyNumbers = [];
    private readonly Dictionary<(string Key, ModelBinding? Binding), bool> _runningTwins = [];

    /// <summary>
    /// Returns a clip's ready stages for workers, the last of its plan first because it is closest to completion. Omits a stage
    /// while an equal one is running, because that result will be shared.
    /// </summary>
    public IEnumerable<Candidate> ReadyOf(QueuedClip queued)
    {
        var clip = queued.Clip;
        if (!clip.IsOpen)
            yield break;
        for (var index = clip.Plan.Stages.Count - 1; index >= 0; index--)
        {
            var stage = clip.Plan.Stages[index];
            if (clip.Stages[stage.Id].State == StageState.Ready && clip.Work[stage.Id].Component is not null
                && !HasRunningTwin(queued, stage))
                yield return Of(queued, stage);
        }
    }

    /// <summary>Returns the clip of a stage; null when there is none, or when its batch is paused.</summary>
    public QueuedClip? ClipOf(StageAddress stage) =>
        state.ClipOf(stage) is { } clip && state.Batches[stage.Batch] is { IsPaused: false } batch
            ? new QueuedClip(batch, clip, clip.Constraints.Priority)
            : null;

    /// <summary>Returns the candidate for any stage of a clip, with its existing inputs.</summary>
    public Candidate Of(QueuedClip queued, Stage stage) =>
        Of(queued, stage, stage.Inputs.Where(queued.Clip.Artefacts.ContainsKey).Select(input => FileOf(queued.Clip, input)).ToList());

    /// <summary>Returns the candidate for a stage with the given input files.</summary>
    public Candidate Of(QueuedClip queued, Stage stage, List<HeldFile> inputs, int index = 0)
    {
        var work = queued.Clip.Work[stage.Id];
        var key = (work.Key, queued.Binding);
        if (!_keyNumbers.TryGetValue(key, out var number))
            _keyNumbers.Add(key, number = _keyNumbers.Count);
        return new Candidate(queued, stage, times.Of(queued, work), inputs, number) { Index = index };
    }

    /// <summary>Returns an existing artefact; the workers that produced or used it hold it.</summary>
    public HeldFile FileOf(Clip clip, string artefact)
    {
        var holders = new List<int>();
        foreach (var stage in clip.Plan.Stages)
        {
            if (clip.Stages[stage.Id] is { State: StageState.Done, Last: { } last }
                && (stage.Outputs.Contains(artefact) || stage.Inputs.Contains(artefact))
                && _slotOf.TryGetValue(last.Worker, out var slot))
                holders.Add(slot);
        }

        return new HeldFile(clip.Artefacts[artefact].Length, holders);
    }

    /// <summary>Returns the slot of a worker; null when it is not considered.</summary>
    public Slot? SlotOf(string worker) => _slotOf.TryGetValue(worker, out var index) ? slots[index] : null;

    /// <summary>True when an equal stage is running and will share its result.</summary>
    public bool HasRunningTwin(QueuedClip queued, Stage stage)
    {
        var key = queued.Clip.Work[stage.Id].Key;
        var twins = state.ByKey[key];
        if (twins.Count == 1)
            return false;
        // Thousands of clips may have the same prompt: they are searched only once.
        if (!_runningTwins.TryGetValue((key, queued.Binding), out var runs))
            _runningTwins.Add(
                (key, queued.Binding),
                runs = twins.Any(
                    twin => state.StatusOf(twin)!.State == StageState.Running
                        && state.BindingOf(twin) == queued.Binding));
        return runs;
    }
}
