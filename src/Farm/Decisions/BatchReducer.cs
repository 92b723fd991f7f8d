using System.Collections.Immutable;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Farm.Decisions;

/// <summary>Applies the changes that owners make to their batches to the state.</summary>
internal static class BatchReducer
{
    /// <summary>Returns the state with changed constraints of open clips, which may change their order.</summary>
    public static FarmState ChangeConstraints(
        this FarmState state, string batchId, IReadOnlyList<int> rows, Func<ClipConstraints, ClipConstraints> change)
    {
        var batch = state.Batches[batchId];
        foreach (var before in rows.Select(row => batch.Clips[row]))
        {
            var after = before with { Constraints = change(before.Constraints) };
            batch = batch with
            {
                Clips = batch.Clips.SetItem(after.Row, after),
                Waiting = Move(batch.Waiting, before.Order, after.Order),
                Started = Move(batch.Started, before.Order, after.Order),
                Ready = Move(batch.Ready, before.Order, after.Order),
            };
        }

        return state.With(batch);
    }

    /// <summary>Returns the state without a removed batch.</summary>
    public static FarmState RemoveBatch(this FarmState state, FarmEvents.BatchRemoved removed) => state with
    {
        Archived = WithoutArchived(state, removed.Batch),
    };

    /// <summary>Returns the state with an ended batch that was in the archive.</summary>
    public static FarmState RestoreBatch(this FarmState state, FarmEvents.BatchRestored restored) =>
        state.WithRecovered(restored.Batch) with
        {
            SubmittedBatches = state.SubmittedBatches,
            Archived = WithoutArchived(state, restored.Batch.Id),
        };

    private static ImmutableDictionary<string, ArchivedBatch> WithoutArchived(FarmState state, string batch) => state.Archived.RemoveRange(
        state.Archived.Where(archived => archived.Value.Id == batch).Select(archived => archived.Key));

    private static ImmutableSortedSet<ClipOrder> Move(ImmutableSortedSet<ClipOrder> clips, ClipOrder from, ClipOrder to) =>
        clips.Contains(from) ? clips.Remove(from).Add(to) : clips;
}
