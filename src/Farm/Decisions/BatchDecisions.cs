using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;

namespace MlxVideo.Farm.Decisions;

/// <summary>Decides the consequences of what owners do with their submitted batches. Repeated requests change nothing.</summary>
public static class BatchDecisions
{
    /// <summary>Pauses an open batch.</summary>
    public static IReadOnlyList<IFarmEvent> Pause(FarmState state, string batchId, DateTimeOffset now) =>
        FindOpen(state, batchId) is { IsPaused: false } ? [new FarmEvents.BatchPaused(batchId, now)] : [];

    /// <summary>Resumes a paused batch.</summary>
    public static IReadOnlyList<IFarmEvent> Resume(FarmState state, string batchId, DateTimeOffset now) =>
        FindOpen(state, batchId) is { IsPaused: true } ? [new FarmEvents.BatchResumed(batchId, now)] : [];

    /// <summary>Changes the priority of an open clip, or of all open clips of a batch.</summary>
    /// <param name="row">The clip's row; null for all open clips.</param>
    public static IReadOnlyList<IFarmEvent> SetPriority(FarmState state, string batchId, int? row, int priority, DateTimeOffset now) =>
        OpenRows(state, batchId, row, clip => clip.Constraints.Priority != priority) is { Count: > 0 } rows
            ? [new FarmEvents.PriorityChanged(batchId, rows, priority, now)]
            : [];

    /// <summary>Changes the deadline of an open clip, or of all open clips of a batch.</summary>
    /// <param name="row">The clip's row; null for all open clips.</param>
    /// <param name="deadline">The new deadline; null for none.</param>
    public static IReadOnlyList<IFarmEvent> SetDeadline(
        FarmState state, string batchId, int? row, DateTimeOffset? deadline, DateTimeOffset now) =>
        OpenRows(state, batchId, row, clip => clip.Constraints.Deadline != deadline) is { Count: > 0 } rows
            ? [new FarmEvents.DeadlineChanged(batchId, rows, deadline, now)]
            : [];

    /// <summary>Restores an ended batch from the archive.</summary>
    public static IReadOnlyList<IFarmEvent> Restore(FarmState state, RecoveredBatch ended, DateTimeOffset now) =>
        state.Batches.ContainsKey(ended.Id) ? [] : [new FarmEvents.BatchRestored(ended, now)];

    /// <summary>Removes what the state still knows of an archived batch; its client token can be used again.</summary>
    public static IReadOnlyList<IFarmEvent> Remove(FarmState state, string batchId, DateTimeOffset now) =>
        state.Archived.Values.Any(archived => archived.Id == batchId) ? [new FarmEvents.BatchRemoved(batchId, now)] : [];

    /// <summary>Returns why a batch, or one of its rows, can't be changed, as one sentence; null when it can.</summary>
    public static string? FindError(Batch batch, int? row = null)
    {
        if (batch.EndedAt is not null)
            return $"Batch {batch.Id} has ended.";
        if (row is not { } one)
            return null;
        if (!batch.Clips.TryGetValue(one, out var clip))
            return $"Batch {batch.Id} has no row {one}.";
        return clip.IsOpen ? null : $"Row {one} of batch {batch.Id} has ended.";
    }

    private static Batch? FindOpen(FarmState state, string batchId) =>
        state.Batches.TryGetValue(batchId, out var batch) && batch.EndedAt is null ? batch : null;

    private static List<int> OpenRows(FarmState state, string batchId, int? row, Func<Clip, bool> isChanged) =>
        FindOpen(state, batchId) is { } batch
            ? batch.Clips.Values.Where(clip => clip.IsOpen && (row is null || clip.Row == row) && isChanged(clip))
                .Select(clip => clip.Row).ToList()
            : [];
}
