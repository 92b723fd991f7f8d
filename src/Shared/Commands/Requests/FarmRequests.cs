using System.ComponentModel.DataAnnotations;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;

namespace MlxVideo.Shared.Commands.Requests;

/// <summary>Shows the state of the farm.</summary>
[FarmCommand(
    FarmPalette.Farm, "status", "Shows the farm: its workers, their current stages, and what holds up work.", Path = "/api/v1/farm")]
public sealed record ShowFarm : IFarmRequest<FarmStatus>;

/// <summary>Follows the state of the farm.</summary>
[FarmCommand(
    FarmPalette.Farm, "top", "Follows the workers and their current stages, until it is interrupted.", Path = "/api/v1/farm/events")]
public sealed record WatchFarm : IFarmStream<FarmStatus>;

/// <summary>Lists what happened in the farm.</summary>
[FarmCommand(
    FarmPalette.Farm, "events", "Shows what happened in the farm, the newest last: batches, workers, failures, restarts.",
    Path = "/api/v1/events", Example = "--since 2026-07-01T18:00 --follow")]
public sealed record ListEvents(
    [Argument("Continue with new events until interrupted.")] bool Follow = false,
    [Argument("Only events from this time on, such as 2026-07-01T18:00.")] DateTimeOffset? Since = null,
    [Argument("Show only this many of the newest past events, at most 1000."), Range(1, ListEvents.MaxLimit)] int Limit = 100)
    : IFarmRequest<FarmEventList>, IFarmStream<FarmEventView>, IFollowable
{
    /// <summary>Maximum of <see cref="Limit"/>.</summary>
    public const int MaxLimit = 1000;
}

/// <summary>Checks the farm.</summary>
[FarmCommand(
    FarmPalette.Farm, "doctor", "Checks coordinator, workers and waiting rows, and says what to do about each problem.",
    Path = "/api/v1/doctor")]
public sealed record ExamineFarm : IFarmRequest<FarmDiagnosis>;

/// <summary>Creates a join token.</summary>
[FarmCommand(
    FarmPalette.Farm, "token", "Creates a token with which one worker can join, and prints the line to paste there.", Method = "POST",
    Path = "/api/v1/join-tokens", Example = "--expires 30m")]
public sealed record CreateToken(
    [Argument("Time until the token expires, for example 30m, 1h or 2d; at most 7d.")] string Expires = "1h")
    : IFarmRequest<JoinTokenCreated>;
