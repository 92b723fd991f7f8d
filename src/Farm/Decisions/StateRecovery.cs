using System.Collections.Immutable;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Farm.Decisions;

/// <summary>
/// Rebuilds the state from the parts that a snapshot stores. Plans, queues and sums, which follow from them, are derived again.
/// </summary>
public static class StateRecovery
{
    /// <summary>Adds a batch to a state under reconstruction; batches must be added in the order of their submission.</summary>
    public static FarmState WithRecovered(this FarmState state, RecoveredBatch recovered)
    {
        state = state.Apply(new FarmEvents.BatchSubmitted(
            recovered.Id, recovered.Request, recovered.Model, recovered.Binding, recovered.SubmittedAt));
        foreach (var binding in recovered.BindingsOfClips)
            state = state.Apply(new FarmEvents.BatchBound(recovered.Id, binding, recovered.SubmittedAt));
        var fresh = state.Batches[recovered.Id];
        var clips = fresh.Clips.ToBuilder();
        foreach (var (row, clip) in recovered.Clips)
            clips[row] = Recover(clips[row], clip);
        var open = clips.Values.Where(clip => clip.IsOpen).ToList();
        var started = open.Where(HasBegun).ToList();
        var batch = fresh with
        {
            EndedAt = recovered.EndedAt,
            Served = recovered.Served,
            IsPaused = recovered.IsPaused,
            Failures = fresh.Failures.AddRange(recovered.Failures),
            Clips = clips.ToImmutable(),
            Waiting = open.Where(clip => !HasBegun(clip)).Select(clip => clip.Order).ToImmutableSortedSet(),
            Started = started.Select(clip => clip.Order).ToImmutableSortedSet(),
            Ready = started.Where(clip => clip.HasStageForWorker).Select(clip => clip.Order).ToImmutableSortedSet(),
            Left = FarmReducer.WorkOf(open.SelectMany(clip => clip.Work.Where(work => clip.Stages[work.Key].State != StageState.Done))
                .Select(work => work.Value)),
        };
        var byKey = clips.Values.Where(clip => !clip.IsOpen).Aggregate(
            state.ByKey, (keys, ended) => FarmReducer.ForgetKeys(keys, ended, new StageAddress(batch.Id, ended.Row, "")));
        return state with
        {
            Batches = state.Batches.SetItem(batch.Id, batch),
            Open = recovered.EndedAt is null ? state.Open : state.Open.Remove(batch.Id),
            ByKey = byKey,
        };
    }

    private static Clip Recover(Clip fresh, RecoveredClip recovered) => FarmReducer.UnblockStages(fresh with
    {
        State = recovered.State,
        Error = recovered.Error,
        StartedAt = recovered.StartedAt,
        EndedAt = recovered.EndedAt,
        Framemd5 = recovered.Framemd5,
        Artefacts = recovered.Artefacts.ToImmutableDictionary(),
        Stages = fresh.Stages.SetItems(recovered.Stages),
        Losses = fresh.Losses.SetItems(recovered.Losses),
    });

    /// <summary>True for a clip of which a stage other than a preparation was ever assigned.</summary>
    internal static bool HasBegun(Clip clip) => clip.Stages.Any(stage => stage.Value.Attempt > 0 && !clip.Work[stage.Key].IsPreparation);
}
