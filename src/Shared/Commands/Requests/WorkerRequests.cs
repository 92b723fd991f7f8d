using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;

namespace MlxVideo.Shared.Commands.Requests;

/// <summary>Lists workers.</summary>
[FarmCommand(
    FarmPalette.Worker, "list", "Lists the workers with state, device, model, current stage and problems.", Path = "/api/v1/workers")]
public sealed record ListWorkers : IFarmRequest<WorkerList>;

/// <summary>Shows a worker.</summary>
[FarmCommand(
    FarmPalette.Worker, "show", "Shows a worker: device, memory, model, speed, current stage.", Path = "/api/v1/workers/{worker}",
    Example = "mini")]
public sealed record ShowWorker([Argument("Name or id of the worker.", IsPositional = true)] string Worker) : IFarmRequest<WorkerView>;

/// <summary>Drains a worker.</summary>
[FarmCommand(
    FarmPalette.Worker, "drain",
    "Takes a worker out of the farm: it finishes its stage, leaves, and ends. It gets no more stages until 'worker resume'.",
    Method = "POST", Path = "/api/v1/workers/{worker}/drain", Example = "mini --now")]
public sealed record DrainWorker(
    [Argument("Name or id of a worker in the farm.", IsPositional = true)] string Worker,
    [Argument("Stop its stage between two steps, instead of waiting for the end of the stage.")] bool Now = false)
    : IFarmRequest<DrainedWorker>;

/// <summary>Ends the drain of a worker.</summary>
[FarmCommand(
    FarmPalette.Worker, "resume", "Lets a drained worker have stages again, as soon as it is running.", Method = "POST",
    Path = "/api/v1/workers/{worker}/resume", Example = "mini")]
public sealed record ResumeWorker([Argument("Name or id of a drained worker.", IsPositional = true)] string Worker)
    : IFarmRequest<DrainedWorker>;

/// <summary>Sets the tags of a worker.</summary>
[FarmCommand(
    FarmPalette.Worker, "tag", "Sets the tags of a worker in place of its own; without --tags, restores its own.", Method = "PUT",
    Path = "/api/v1/workers/{worker}/tags", Example = "mini --tags big,night")]
public sealed record TagWorker(
    [Argument("Name or id of the worker.", IsPositional = true)] string Worker,
    [Argument("Comma-separated tags that rows can require.")] IReadOnlyList<string>? Tags = null) : IFarmRequest<WorkerView>;

/// <summary>Sets the hours of a worker.</summary>
[FarmCommand(
    FarmPalette.Worker, "hours", "Sets the hours of a worker in place of its own; without --hours, restores its own.", Method = "PUT",
    Path = "/api/v1/workers/{worker}/hours", Example = "mini --hours 20:00-08:00")]
public sealed record SetWorkerHours(
    [Argument("Name or id of the worker.", IsPositional = true)] string Worker,
    [Argument("Hours during which it may run stages, in its time zone, such as 20:00-08:00.")] string? Hours = null)
    : IFarmRequest<WorkerView>;

/// <summary>Forgets a worker.</summary>
[FarmCommand(
    FarmPalette.Worker, "forget", "Removes what is remembered of a worker that is not in the farm.", Method = "DELETE",
    Path = "/api/v1/workers/{worker}", Example = "mini")]
public sealed record ForgetWorker([Argument("Name or id of the worker.", IsPositional = true)] string Worker)
    : IFarmRequest<ForgottenWorker>;

/// <summary>Revokes the certificates of a worker.</summary>
[FarmCommand(
    FarmPalette.Worker, "revoke", "Revokes a worker's certificate: it leaves the farm, and joins again only with a new token.",
    Method = "POST", Path = "/api/v1/workers/{worker}/revoke", Example = "mini")]
public sealed record RevokeWorker([Argument("Name or id of the worker.", IsPositional = true)] string Worker) : IFarmRequest<WorkerRevoked>;
