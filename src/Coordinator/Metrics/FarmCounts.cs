using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Metrics;

/// <summary>How many clips, stages and workers are in which state.</summary>
/// <param name="Clips">Clips of open batches.</param>
/// <param name="Stages">Stages of open clips, by kind and state.</param>
/// <param name="OldestWaiting">Submission of the waiting clip that has waited longest; null when none waits.</param>
internal sealed record FarmCounts(
    IReadOnlyDictionary<ClipState, int> Clips,
    IReadOnlyDictionary<(string Kind, StageState State), int> Stages,
    IReadOnlyDictionary<WorkerState, int> Workers,
    DateTimeOffset? OldestWaiting)
{
    /// <summary>Counts; each possible state is present, so that a series does not disappear when nothing is in it.</summary>
    public static FarmCounts Of(FarmState state)
    {
        var clips = Enum.GetValues<ClipState>().ToDictionary(each => each, _ => 0);
        var stages = StageKinds.All.SelectMany(_ => Enum.GetValues<StageState>(), (kind, each) => (kind.Id, each))
            .ToDictionary(each => each, _ => 0);
        var workers = Enum.GetValues<WorkerState>().ToDictionary(each => each, _ => 0);
        DateTimeOffset? oldest = null;
        foreach (var clip in state.Open.SelectMany(id => state.Batches[id].Clips.Values))
        {
            clips[clip.State]++;
            if (clip.State == ClipState.Waiting && (oldest is null || clip.SubmittedAt < oldest))
                oldest = clip.SubmittedAt;
            if (!clip.IsOpen)
                continue;
            foreach (var (id, status) in clip.Stages)
                stages[(clip.Work[id].Kind, status.State)]++;
        }

        foreach (var worker in state.Workers.Values)
            workers[StateOf(state, worker)]++;
        return new FarmCounts(clips, stages, workers, oldest);
    }

    private static WorkerState StateOf(FarmState state, FarmWorker worker) => worker switch
    {
        { IsFit: false } => WorkerState.Unfit,
        _ when state.Drained.ContainsKey(worker.Id) => WorkerState.Drained,
        { Problem: not null } => WorkerState.Blocked,
        { Current: not null } => WorkerState.Busy,
        { Offload: not null } => WorkerState.Helping,
        _ => WorkerState.Idle,
    };
}

/// <summary>What a worker does, or why it does nothing.</summary>
internal enum WorkerState
{
    /// <summary>It waits for a stage.</summary>
    Idle,

    /// <summary>It has an attempt.</summary>
    Busy,

    /// <summary>It computes evaluations for another worker's attempt.</summary>
    Helping,

    /// <summary>It can't run stages at the moment, for example because its connection is closed.</summary>
    Blocked,

    /// <summary>Its owner drained it.</summary>
    Drained,

    /// <summary>Its device failed the self-test.</summary>
    Unfit,
}
