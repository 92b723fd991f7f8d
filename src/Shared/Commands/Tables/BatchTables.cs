using System.Globalization;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Display;

namespace MlxVideo.Shared.Commands.Tables;

/// <summary>Results about batches as text.</summary>
internal static class BatchTables
{
    public static TextTable Created(BatchCreated created) => TextTable.Line(created.Id);

    public static TextTable List(BatchList list) => list.Batches.Count == 0
        ? TextTable.Line("No batches.")
        : TextTable.Of(
            list.Batches,
            ("batch", batch => batch.Id),
            ("submitted", batch => TimeText.Of(batch.SubmittedAt)),
            ("ended", batch => batch.EndedAt is { } time ? TimeText.Of(time) : "running"),
            ("rows", batch => Counts(batch.Clips)))
        .With(list.Next is { } next ? $"More: --after {next}" : null);

    /// <summary>A batch with one line per row; a batch of one row with its stages.</summary>
    public static TextTable Show(BatchView batch) => batch.Clips is [var clip] && clip.State != ClipState.Waiting
        ? Stages(batch, clip)
        : TextTable.Of(
            batch.Clips,
            ("row", each => Whole(each.Row)),
            ("clip", each => each.Output),
            ("state", StateOf),
            ("stage", StageOf),
            ("left", each => each.Remaining is { } left ? Readable.Duration(left.ExpectedS) : null),
            ("note", each => each.Error ?? each.WaitingFor))
        .With(Summary(batch), batch.Paused ? "The batch is paused." : null, batch.Problem);

    /// <summary>One line that changes as the batch proceeds.</summary>
    public static TextTable Progress(BatchView batch) => TextTable.Line(Summary(batch)).With(batch.Problem);

    public static TextTable Ended(BatchView batch) => TextTable.Line(
        $"{batch.Id}: {Count(batch, ClipState.Finished)} finished, {Count(batch, ClipState.Failed)} failed, "
        + $"{Count(batch, ClipState.Cancelled)} cancelled.");

    public static TextTable Removed(RemovedBatch removed) => TextTable.Line(
        $"{removed.Id}: {Whole(removed.Clips)} kept clips, {ByteSize.Text(removed.Bytes)}.");

    public static TextTable Clips(FinishedClips clips) => TextTable.Of(
            clips.Clips,
            ("row", clip => Whole(clip.Row)),
            ("clip", clip => clip.Output),
            ("size", clip => ByteSize.Text(clip.Bytes)),
            ("framemd5", clip => clip.Framemd5),
            ("path", clip => clip.Path))
        .With(clips.Clips.Count == 0 ? $"No row of {clips.Batch} is finished." : null);

    private static TextTable Stages(BatchView batch, ClipView clip) => TextTable.Of(
            clip.Stages,
            ("stage", stage => stage.Stage),
            ("state", stage => stage.State.ToString().ToLowerInvariant()),
            ("worker", stage => stage.Worker),
            ("attempt", stage => stage.Attempt == 0 ? null : Whole(stage.Attempt)),
            ("step", stage => stage.Steps == 0 ? null : $"{Whole(stage.Step)}/{Whole(stage.Steps)}"),
            ("time", stage => stage.Attempt == 0 ? null : Readable.Duration(stage.ElapsedS)))
        .With(
            Summary(batch),
            $"{batch.Id}, row {Whole(clip.Row)}, {clip.Output}: {StateOf(clip)}"
                + (clip.Remaining is { } left ? $", about {Readable.Duration(left.ExpectedS)} left" : ""),
            clip.Error, clip.WaitingFor, batch.Problem);

    private static string Summary(BatchView batch) => string.Create(
        CultureInfo.InvariantCulture,
        $"{batch.Id}: {batch.State.ToString().ToLowerInvariant()} for {Readable.Duration(batch.ElapsedS)}, ")
        + Counts(new ClipCounts(
            Count(batch, ClipState.Waiting), Count(batch, ClipState.Rendering), Count(batch, ClipState.Finished),
            Count(batch, ClipState.Failed), Count(batch, ClipState.Cancelled)));

    private static string Counts(ClipCounts clips) => string.Join(", ", new[]
    {
        (clips.Waiting, "waiting"), (clips.Rendering, "rendering"), (clips.Finished, "finished"),
        (clips.Failed, "failed"), (clips.Cancelled, "cancelled"),
    }.Where(count => count.Item1 > 0).Select(count => $"{Whole(count.Item1)} {count.Item2}"));

    private static string StateOf(ClipView clip) => clip.State.ToString().ToLowerInvariant();

    private static string? StageOf(ClipView clip) => clip.State is not (ClipState.Rendering or ClipState.Waiting)
        ? null
        : string.Join(", ", clip.Stages.Where(stage => stage.State == StageState.Running)
            .Select(stage => stage.Worker is null ? stage.Stage : $"{stage.Stage} on {stage.Worker}"));

    private static int Count(BatchView batch, ClipState state) => batch.Clips.Count(clip => clip.State == state);

    private static string Whole(int number) => number.ToString(CultureInfo.InvariantCulture);
}
