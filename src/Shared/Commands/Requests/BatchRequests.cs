using System.ComponentModel.DataAnnotations;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Csv;

namespace MlxVideo.Shared.Commands.Requests;

/// <summary>Lists batches.</summary>
[FarmCommand(
    FarmPalette.Farm, "list", "Lists the batches, the newest first.", Path = "/api/v1/batches", Example = "--limit 20")]
public sealed record ListBatches(
    [Argument("Maximum number of batches, up to 1000."), Range(1, ListBatches.MaxLimit)] int Limit = 100,
    [Argument("Continues after an earlier page: the page's 'next'.")] string? After = null) : IFarmRequest<BatchList>
{
    /// <summary>Maximum of <see cref="Limit"/>.</summary>
    public const int MaxLimit = 1000;
}

/// <summary>Shows a batch.</summary>
[FarmCommand(
    FarmPalette.Farm, "show", "Shows a batch: its rows with stages, estimates, errors, and why a row waits.",
    Path = "/api/v1/batches/{batch}", Example = "b20260701-180000-1 --row 3")]
public sealed record ShowBatch(
    [Argument("Batch ID (see 'farm list').", IsPositional = true)] string Batch,
    [Argument("Only this row, with its stages.")] int? Row = null,
    [Argument("Answers when the batch has a newer version than this, or after 'wait'.")] long? NewerThan = null,
    [Argument("Seconds to wait for a newer version, at most 30."), Range(0, ShowBatch.MaxWait)] double Wait = 0) : IFarmRequest<BatchView>
{
    /// <summary>Maximum of <see cref="Wait"/>, in seconds.</summary>
    public const double MaxWait = 30;
}

/// <summary>Follows a batch.</summary>
[FarmCommand(
    FarmPalette.Farm, "watch", "Follows a batch until it has ended.", Path = "/api/v1/batches/{batch}/events",
    Example = "b20260701-180000-1")]
public sealed record WatchBatch([Argument("Batch ID.", IsPositional = true)] string Batch) : IFarmStream<BatchView>;

/// <summary>Cancels a batch.</summary>
[FarmCommand(
    FarmPalette.Farm, "cancel", "Cancels the unfinished rows of a batch; finished clips are kept.", Method = "POST",
    Path = "/api/v1/batches/{batch}/cancel", Example = "b20260701-180000-1")]
public sealed record CancelBatch([Argument("Batch ID.", IsPositional = true)] string Batch) : IFarmRequest<BatchView>;

/// <summary>Pauses a batch.</summary>
[FarmCommand(
    FarmPalette.Farm, "pause", "Pauses a batch: its running stages finish, and no others start.", Method = "POST",
    Path = "/api/v1/batches/{batch}/pause", Example = "b20260701-180000-1")]
public sealed record PauseBatch([Argument("Batch ID.", IsPositional = true)] string Batch) : IFarmRequest<BatchView>;

/// <summary>Resumes a paused batch.</summary>
[FarmCommand(
    FarmPalette.Farm, "resume", "Continues a paused batch.", Method = "POST", Path = "/api/v1/batches/{batch}/resume",
    Example = "b20260701-180000-1")]
public sealed record ResumeBatch([Argument("Batch ID.", IsPositional = true)] string Batch) : IFarmRequest<BatchView>;

/// <summary>Renders rows again.</summary>
[FarmCommand(
    FarmPalette.Farm, "retry", "Renders failed and cancelled rows again; results of finished stages are used.", Method = "POST",
    Path = "/api/v1/batches/{batch}/retry", Example = "b20260701-180000-1 --row 3 --stage denoise-2")]
public sealed record RetryRows(
    [Argument("Batch ID.", IsPositional = true)] string Batch,
    [Argument("Only this row.")] int? Row = null,
    [Argument("With --row: this stage and those that depend on it, also of a finished row.")] string? Stage = null)
    : IFarmRequest<BatchView>;

/// <summary>Changes the priority of rows.</summary>
[FarmCommand(
    FarmPalette.Farm, "priority", "Changes the priority of the open rows of a batch.", Method = "PUT",
    Path = "/api/v1/batches/{batch}/priority", Example = "b20260701-180000-1 --priority 5 --row 3")]
public sealed record SetPriority(
    [Argument("Batch ID.", IsPositional = true)] string Batch,
    [Argument("The priority; higher ones come first."), Range(ClipConstraintsRules.MinPriority, ClipConstraintsRules.MaxPriority)]
    int Priority,
    [Argument("Only this row.")] int? Row = null) : IFarmRequest<BatchView>;

/// <summary>Changes the deadline of rows.</summary>
[FarmCommand(
    FarmPalette.Farm, "deadline", "Changes the deadline of the open rows of a batch; without --deadline, removes it.", Method = "PUT",
    Path = "/api/v1/batches/{batch}/deadline", Example = "b20260701-180000-1 --deadline 2026-07-01T18:00")]
public sealed record SetDeadline(
    [Argument("Batch ID.", IsPositional = true)] string Batch,
    [Argument("The deadline, such as 2026-07-01T18:00.")] DateTimeOffset? Deadline = null,
    [Argument("Only this row.")] int? Row = null) : IFarmRequest<BatchView>;

/// <summary>Removes an ended batch.</summary>
[FarmCommand(
    FarmPalette.Farm, "remove", "Removes an ended batch with its clips; with --dry-run, only shows what would go.", Method = "DELETE",
    Path = "/api/v1/batches/{batch}", Example = "b20260701-180000-1 --dry-run")]
public sealed record RemoveBatch(
    [Argument("Batch ID.", IsPositional = true)] string Batch,
    [Argument("Remove nothing.")] bool DryRun = false) : IFarmRequest<RemovedBatch>;

/// <summary>Lists the finished clips of a batch.</summary>
[FarmCommand(
    FarmPalette.Farm, "collect", "Waits for a batch and downloads its clips; over HTTP, lists the finished clips.",
    Path = "/api/v1/batches/{batch}/clips", Example = "b20260701-180000-1 --output clips")]
public sealed record CollectBatch([Argument("Batch ID.", IsPositional = true)] string Batch) : IFarmRequest<FinishedClips>;
