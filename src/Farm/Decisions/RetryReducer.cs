using System.Collections.Immutable;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Decisions;

/// <summary>Applies the retry of a clip to the state.</summary>
internal static class RetryReducer
{
    /// <summary>Returns the state with a clip, and if necessary its batch, open again.</summary>
    public static FarmState RetryClip(this FarmState state, FarmEvents.ClipRetried retried)
    {
        var batch = state.Batches[retried.Batch];
        var clip = Reopen(batch.Clips[retried.Row], retried.Stages);
        var hasBegun = StateRecovery.HasBegun(clip);
        var kinds = retried.Stages.Select(stage => clip.Work[stage].Kind).ToHashSet(StringComparer.Ordinal);
        var mux = clip.ReadyStages().OfType<MuxStage>().FirstOrDefault();
        return state.With(batch with
        {
            EndedAt = null,
            // A batch that has ended does not make up for the work that others were served since.
            Served = batch.EndedAt is null ? batch.Served : Math.Max(batch.Served, FarmReducer.MinServed(state)),
            IsPaused = batch.IsPaused && batch.EndedAt is null,
            Clips = batch.Clips.SetItem(clip.Row, clip),
            Waiting = hasBegun ? batch.Waiting : batch.Waiting.Add(clip.Order),
            Started = hasBegun ? batch.Started.Add(clip.Order) : batch.Started,
            Ready = hasBegun && clip.HasStageForWorker ? batch.Ready.Add(clip.Order) : batch.Ready,
            Left = More(batch.Left, retried.Stages.Select(stage => clip.Work[stage])),
            Failures = batch.Failures.RemoveRange(batch.Failures.Keys.Where(failures => kinds.Contains(failures.Kind))),
        }) with
        {
            Open = state.Open.Add(batch.Id),
            Local = mux is null ? state.Local : state.Local.Add(new StageAddress(batch.Id, clip.Row, mux.Id)),
            ByKey = AddKeys(state, batch.Id, clip),
        };
    }

    /// <summary>Numbers of attempts are kept: late reports of earlier ones stay without effect.</summary>
    private static Clip Reopen(Clip clip, IReadOnlyList<string> stages)
    {
        var lost = clip.Plan.Stages.Where(stage => stages.Contains(stage.Id)).SelectMany(stage => stage.Outputs);
        return FarmReducer.UnblockStages(clip with
        {
            State = ClipState.Waiting,
            Error = null,
            StartedAt = null,
            EndedAt = null,
            Framemd5 = null,
            Losses = clip.Losses.Clear(),
            Artefacts = clip.Artefacts.RemoveRange(lost),
            Stages = clip.Stages.SetItems(stages.Select(stage => KeyValuePair.Create(stage, clip.Stages[stage] with
            {
                State = StageState.Blocked,
                EndedAt = clip.Stages[stage].Last is null ? null : clip.Stages[stage].EndedAt,
                FailedOn = [],
                OffloadFailedOn = [],
                Lost = [],
                Errors = [],
            }))),
        });
    }

    private static ImmutableSortedDictionary<string, double> More(
        ImmutableSortedDictionary<string, double> left, IEnumerable<StageWork> stages) => stages.Aggregate(
        left, (sum, work) => sum.SetItem(work.Kind, sum.GetValueOrDefault(work.Kind) + work.TeraOperations));

    /// <summary>Adds the clip's stages where a recovered state would have them: by submission of the batches, then by row.</summary>
    private static ImmutableDictionary<string, ImmutableList<StageAddress>> AddKeys(FarmState state, string batch, Clip clip)
    {
        var order = Comparer<StageAddress>.Create((one, other) =>
        {
            var bySubmission = state.Batches[one.Batch].SubmittedAt.CompareTo(state.Batches[other.Batch].SubmittedAt);
            var byBatch = bySubmission != 0 ? bySubmission : string.CompareOrdinal(one.Batch, other.Batch);
            return byBatch != 0 ? byBatch : one.Row.CompareTo(other.Row);
        });
        var byKey = state.ByKey.ToBuilder();
        foreach (var (stage, work) in clip.Work.Where(stage => stage.Value.Component is not null))
        {
            var (address, known) = (new StageAddress(batch, clip.Row, stage), byKey.GetValueOrDefault(work.Key, []));
            var index = known.BinarySearch(address, order);
            byKey[work.Key] = known.Insert(index < 0 ? ~index : index, address);
        }

        return byKey.ToImmutable();
    }
}
