using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Coordinator.History;

/// <summary>Selects what operators want to know of the farm's events, and describes it.</summary>
internal static class HistoryEvents
{
    /// <summary>Returns the history's events for those of one change. Normal progress, and reasons known elsewhere, are left out.</summary>
    /// <param name="before">The state before the change.</param>
    /// <param name="after">The state after it.</param>
    public static IReadOnlyList<FarmEventView> Of(FarmState before, FarmState after, IReadOnlyList<IFarmEvent> events)
    {
        var described = events.Select(happened => Of(before, after, happened)).OfType<FarmEventView>().ToList();
        // A retry may concern thousands of rows.
        described.AddRange(events.OfType<FarmEvents.ClipRetried>().GroupBy(retried => retried.Batch).Select(batch => New(
            FarmEventKind.RowsRetried, $"{batch.Key}: {Rows(batch.Select(retried => retried.Row).ToList())} rendered again") with
        {
            Batch = batch.Key,
            Row = batch.Count() == 1 ? batch.First().Row : null,
        }));
        described.AddRange(events.Select(FarmDecisions.BatchOfEndedClip).OfType<string>().Distinct()
            .Select(id => after.Batches[id]).Where(batch => batch.EndedAt is not null).Select(Ended));
        return described;
    }

    /// <summary>The farm starts, or continues after its database was away.</summary>
    public static FarmEventView Started(FarmState state) => New(
        FarmEventKind.FarmStarted,
        $"The farm started with {Count(state.Open.Count, "open batch", "open batches")} and "
            + Count(state.Workers.Count, "worker", "workers"));

    /// <summary>A worker left or was lost.</summary>
    public static FarmEventView Left(string worker, string reason) =>
        OfWorker(FarmEventKind.WorkerLeft, worker, $"{worker} is gone: {reason}");

    /// <summary>A worker's certificates were revoked.</summary>
    public static FarmEventView Revoked(string worker) =>
        OfWorker(FarmEventKind.WorkerRevoked, worker, $"The certificate of {worker} was revoked");

    /// <summary>Work is held or continues.</summary>
    /// <param name="problem">Why it is held, in one sentence; null when it continues.</param>
    public static FarmEventView Storage(string? problem) => problem is null
        ? New(FarmEventKind.WorkContinued, "Work continues")
        : New(FarmEventKind.WorkHeld, problem.TrimEnd('.'));

    private static FarmEventView? Of(FarmState before, FarmState after, IFarmEvent happened) => happened switch
    {
        FarmEvents.BatchSubmitted e => OfBatch(
            FarmEventKind.BatchSubmitted, e.Batch, $"{e.Batch} was submitted with {Count(e.Request.Clips.Count, "row", "rows")}"),
        FarmEvents.BatchPaused e => OfBatch(FarmEventKind.BatchPaused, e.Batch, $"{e.Batch} was paused"),
        FarmEvents.BatchResumed e => OfBatch(FarmEventKind.BatchResumed, e.Batch, $"{e.Batch} was resumed"),
        FarmEvents.BatchCancelled e => OfBatch(
            FarmEventKind.BatchCancelled, e.Batch, $"{e.Batch} was cancelled{(e.Reason is null ? "" : $": {e.Reason.TrimEnd('.')}")}"),
        FarmEvents.BatchRemoved e => OfBatch(FarmEventKind.BatchRemoved, e.Batch, $"{e.Batch} was removed"),
        FarmEvents.PriorityChanged e => OfBatch(
            FarmEventKind.PriorityChanged, e.Batch, FormattableString.Invariant($"{e.Batch}: {Rows(e.Rows)} given priority {e.Priority}")),
        FarmEvents.DeadlineChanged e => OfBatch(
            FarmEventKind.DeadlineChanged, e.Batch,
            $"{e.Batch}: {Rows(e.Rows)} given "
                + (e.Deadline is { } deadline ? FormattableString.Invariant($"the deadline {deadline:u}") : "no deadline")),
        FarmEvents.ClipFailed e => OfBatch(
            FarmEventKind.RowFailed, e.Batch, FormattableString.Invariant($"{e.Batch}, row {e.Row} failed: {e.Error.TrimEnd('.')}")) with
        {
            Row = e.Row,
        },
        FarmEvents.AttemptFailed e => Failed(before, e),
        FarmEvents.ArtefactLost e => OfBatch(
            FarmEventKind.ArtefactLost, e.Batch,
            FormattableString.Invariant($"{e.Batch}, row {e.Row}: '{e.Name}' was lost and is made again")) with
        {
            Row = e.Row,
        },
        FarmEvents.WorkerJoined { Capabilities.Unfit: { } reason } e => OfWorker(
            FarmEventKind.WorkerUnfit, e.Name, $"{e.Name} joined, but gets no stages: {reason.TrimEnd('.')}"),
        FarmEvents.WorkerJoined e => OfWorker(FarmEventKind.WorkerJoined, e.Name, $"{e.Name} joined on {e.Device} with {e.ModelName}"),
        FarmEvents.WorkerConditionChanged { Problem: null } e => OfWorker(
            FarmEventKind.WorkerUnblocked, NameOf(after, e.Worker), $"{NameOf(after, e.Worker)} can run stages again"),
        FarmEvents.WorkerConditionChanged e => OfWorker(
            FarmEventKind.WorkerBlocked, NameOf(after, e.Worker), $"{NameOf(after, e.Worker)} can't run stages: {e.Problem!.TrimEnd('.')}"),
        FarmEvents.DrainStarted e => OfWorker(FarmEventKind.WorkerDrained, e.Name, $"{e.Name} is drained"),
        FarmEvents.DrainEnded e => OfWorker(
            FarmEventKind.WorkerResumed, NameOf(before, e.Worker), $"{NameOf(before, e.Worker)} may be given stages again"),
        FarmEvents.WorkerTagged e => OfWorker(
            FarmEventKind.WorkerTagged, e.Name,
            $"{e.Name} has {(e.Tags is null ? "its own tags" : $"the tags '{string.Join(',', e.Tags)}'")}"),
        FarmEvents.WorkerHoursChanged e => OfWorker(
            FarmEventKind.WorkerHoursChanged, e.Name,
            $"{e.Name} works {(e.Hours is null ? "during its own hours" : HoursText.Format(e.Hours))}"),
        FarmEvents.WorkerForgotten e => OfWorker(
            FarmEventKind.WorkerForgotten, NameOf(before, e.Worker), $"{NameOf(before, e.Worker)} is forgotten"),
        _ => null,
    };

    private static FarmEventView Failed(FarmState before, FarmEvents.AttemptFailed failed)
    {
        var (stage, number) = (failed.Attempt.Stage, failed.Attempt.Number);
        var worker = before.StatusOf(stage)?.Find(number)?.WorkerName;
        var text = FormattableString.Invariant($"{stage.Batch}, row {stage.Row}: {stage.StageId} failed")
            + $"{(worker is null ? "" : $" on {worker}")}: {failed.Message.TrimEnd('.')}";
        return OfBatch(FarmEventKind.AttemptFailed, stage.Batch, text) with
        {
            Row = stage.Row,
            Stage = stage.StageId,
            Attempt = number,
            Worker = worker,
        };
    }

    private static FarmEventView Ended(Batch batch)
    {
        var counts = batch.Clips.Values.CountBy(clip => clip.State).ToDictionary();
        return OfBatch(FarmEventKind.BatchEnded, batch.Id, FormattableString.Invariant(
            $"{batch.Id} ended: {Of(ClipState.Finished)} finished, {Of(ClipState.Failed)} failed, {Of(ClipState.Cancelled)} cancelled"));

        int Of(ClipState state) => counts.GetValueOrDefault(state);
    }

    private static string NameOf(FarmState state, string worker) => WorkerDecisions.NameOf(state, worker) ?? worker;

    private static string Rows(IReadOnlyList<int> rows) => FormattableString.Invariant(
        rows.Count == 1 ? (FormattableString)$"row {rows[0]} is" : $"{rows.Count} rows are");

    private static string Count(int count, string one, string many) => FormattableString.Invariant($"{count} {(count == 1 ? one : many)}");

    private static FarmEventView New(FarmEventKind kind, string text) => new(0, default, kind, text);

    private static FarmEventView OfBatch(FarmEventKind kind, string batch, string text) => New(kind, text) with { Batch = batch };

    private static FarmEventView OfWorker(FarmEventKind kind, string worker, string text) => New(kind, text) with { Worker = worker };
}
