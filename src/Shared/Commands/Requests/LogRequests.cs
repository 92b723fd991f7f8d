using System.ComponentModel.DataAnnotations;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;

namespace MlxVideo.Shared.Commands.Requests;

/// <summary>Shows logs of attempts.</summary>
[FarmCommand(
    FarmPalette.Farm, "logs", "Shows the log lines of each attempt at a batch's stages.", Path = "/api/v1/batches/{batch}/logs",
    Example = "b20260701-180000-1 --row 3 --stage denoise-2 --follow")]
public sealed record ShowLogs(
    [Argument("Batch ID.", IsPositional = true)] string Batch,
    [Argument("Only this row.")] int? Row = null,
    [Argument("Only this stage, such as denoise-1.")] string? Stage = null,
    [Argument("Only attempts with this number.")] int? Attempt = null,
    [Argument("Continue with new lines until the batch has ended.")] bool Follow = false,
    [Argument("Maximum number of attempts, up to 1000, when they are not followed."), Range(1, ShowLogs.MaxLimit)] int Limit = 200)
    : IFarmRequest<AttemptLogList>, IFarmStream<BatchLogLine>, IFollowable
{
    /// <summary>Maximum of <see cref="Limit"/>.</summary>
    public const int MaxLimit = 1000;
}
