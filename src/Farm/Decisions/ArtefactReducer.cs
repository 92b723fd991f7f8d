using System.Collections.Immutable;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Decisions;

/// <summary>Applies the loss of an artefact to the state.</summary>
internal static class ArtefactReducer
{
    /// <summary>
    /// Returns the state without an artefact: the stage that produces it is ready again, and stages that read it and have not started are
    /// blocked. Running ones go on, since they have probably fetched it.
    /// </summary>
    public static FarmState LoseArtefact(this FarmState state, FarmEvents.ArtefactLost lost)
    {
        var batch = state.Batches[lost.Batch];
        var clip = batch.Clips[lost.Row];
        var maker = clip.Plan.Stages.Single(stage => stage.Outputs.Contains(lost.Name));
        var address = new StageAddress(lost.Batch, lost.Row, maker.Id);
        if (clip.Stages[maker.Id].State == StageState.Done)
            state = state.With(batch with { Left = More(batch.Left, clip.Work[maker.Id]) });
        state = state.UpdateClip(address, before => BlockStages(Reopen(before, maker) with
        {
            Artefacts = before.Artefacts.Remove(lost.Name),
            Losses = before.Losses.SetItem(lost.Name, before.Losses.GetValueOrDefault(lost.Name) + 1),
        }));
        var stages = state.ClipOf(address)!.Stages;
        return state with
        {
            Local = state.Local.RemoveAll(stage =>
                stage.Batch == lost.Batch && stage.Row == lost.Row && stages[stage.StageId].State != StageState.Ready),
        };
    }

    /// <summary>The last successful attempt stays visible until the stage starts again.</summary>
    private static Clip Reopen(Clip clip, Stage maker) => clip.UpdateStage(maker.Id, status =>
        status.State == StageState.Done ? status with { State = StageState.Ready } : status);

    private static Clip BlockStages(Clip clip) => clip.Plan.Stages
        .Where(stage => clip.Stages[stage.Id].State == StageState.Ready && !clip.HasInputsOf(stage))
        .Aggregate(clip, (current, stage) => current.UpdateStage(stage.Id, status => status with { State = StageState.Blocked }));

    private static ImmutableSortedDictionary<string, double> More(ImmutableSortedDictionary<string, double> left, StageWork work) =>
        left.SetItem(work.Kind, left.GetValueOrDefault(work.Kind) + work.TeraOperations);
}
