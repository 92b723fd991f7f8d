using MlxVideo.Farm.Policies;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;

namespace MlxVideo.Coordinator.Farm;

/// <summary>Requests of the HTTP API to <see cref="FarmActor"/>. These messages are local and never leave the process.</summary>
public static class FarmQueries
{
    /// <summary>Submits a batch; answered with <see cref="BatchCreated"/> or <see cref="Refused"/>.</summary>
    public sealed record Submit(SubmitBatch Batch);

    /// <summary>
    /// Requests a batch; answered with <see cref="BatchAnswer"/> or <see cref="QueryFailed"/>, after a wait
    /// if <paramref name="After"/> is the current version.
    /// </summary>
    public sealed record GetBatch(string Id, long? After, TimeSpan Wait);

    /// <summary>
    /// Requests the state of a batch without its rows; answered with <see cref="BatchStateAnswer"/> or <see cref="QueryFailed"/>.
    /// </summary>
    public sealed record GetBatchState(string Id);

    /// <summary>Cancels a batch; answered with <see cref="BatchAnswer"/> or <see cref="QueryFailed"/>.</summary>
    public sealed record CancelBatch(string Id);

    /// <summary>
    /// Pauses a batch: its running attempts finish, and no others start. Answered like <see cref="CancelBatch"/>, or with
    /// <see cref="Refused"/>.
    /// </summary>
    public sealed record PauseBatch(string Id);

    /// <summary>Resumes a paused batch; answered like <see cref="PauseBatch"/>.</summary>
    public sealed record ResumeBatch(string Id);

    /// <summary>Renders failed and cancelled clips again; answered like <see cref="PauseBatch"/>.</summary>
    /// <param name="Row">The row; null for all failed and cancelled rows.</param>
    /// <param name="Stage">
    /// A stage of the row, which may also be finished, that runs again together with those that depend on it; null to keep the results of
    /// all finished stages.
    /// </param>
    public sealed record RetryClips(string Id, int? Row = null, string? Stage = null);

    /// <summary>Changes the priority of open clips; answered like <see cref="PauseBatch"/>.</summary>
    /// <param name="Row">The row; null for all open rows.</param>
    public sealed record SetPriority(string Id, int? Row, int Priority);

    /// <summary>Changes the deadline of open clips; answered like <see cref="PauseBatch"/>.</summary>
    /// <param name="Row">The row; null for all open rows.</param>
    /// <param name="Deadline">The new deadline; null for none.</param>
    public sealed record SetDeadline(string Id, int? Row, DateTimeOffset? Deadline);

    /// <summary>
    /// Removes an ended batch and its clips; answered with <see cref="RemovedBatch"/>, <see cref="Refused"/>, <see cref="QueryFailed"/>,
    /// or a <see cref="BatchAnswer"/> without a view when the id is unknown.
    /// </summary>
    /// <param name="DryRun">Removes nothing, and only answers what would be removed.</param>
    public sealed record RemoveBatch(string Id, bool DryRun = false);

    /// <summary>Requests the farm's status; answered with <see cref="FarmStatus"/>.</summary>
    public sealed record GetFarm
    {
        public static GetFarm Instance { get; } = new();
    }

    /// <summary>Requests the models that workers hold; answered with <see cref="FarmModels"/>.</summary>
    public sealed record GetModels
    {
        public static GetModels Instance { get; } = new();
    }

    /// <summary>Drains a worker; answered with <see cref="DrainedWorker"/> or <see cref="Refused"/>.</summary>
    /// <param name="Worker">Name or id of a worker in the farm.</param>
    /// <param name="Now">Stops its stage between two steps instead of waiting for the end of the stage.</param>
    public sealed record DrainWorker(string Worker, bool Now);

    /// <summary>Ends a drain; answered with <see cref="DrainedWorker"/> or <see cref="Refused"/>.</summary>
    /// <param name="Worker">Name or id of a drained worker.</param>
    public sealed record ResumeWorker(string Worker);

    /// <summary>
    /// Sets the tags of a worker in place of its own, also while it is not in the farm; answered with <see cref="WorkerView"/> or
    /// <see cref="Refused"/>.
    /// </summary>
    /// <param name="Worker">Name or id of a worker in the farm, or of a remembered one.</param>
    /// <param name="Tags">The tags; null for the worker's own.</param>
    public sealed record TagWorker(string Worker, IReadOnlyList<string>? Tags);

    /// <summary>Sets the hours of a worker in place of its own; answered like <see cref="TagWorker"/>.</summary>
    /// <param name="Worker">Name or id of a worker in the farm, or of a remembered one.</param>
    /// <param name="Hours">An interval of the day in its time zone, such as <c>20:00-08:00</c>; null for the worker's own.</param>
    public sealed record SetHours(string Worker, string? Hours);

    /// <summary>
    /// Removes what is remembered of a worker that is not in the farm; answered with <see cref="ForgottenWorker"/> or
    /// <see cref="Refused"/>.
    /// </summary>
    /// <param name="Worker">Name or id of the worker.</param>
    public sealed record ForgetWorker(string Worker);

    /// <summary>Requests a worker; answered with <see cref="WorkerView"/> or <see cref="Refused"/>.</summary>
    /// <param name="Worker">Name or id of a worker in the farm, or of a remembered one.</param>
    public sealed record GetWorker(string Worker);

    /// <summary>Requests the workers in the farm and the remembered ones; answered with <see cref="WorkerList"/>.</summary>
    public sealed record ListWorkers
    {
        public static ListWorkers Instance { get; } = new();
    }

    /// <summary>Requests the whole farm, to examine it off the actor's thread; answered with <see cref="Observation"/>.</summary>
    public sealed record Observe
    {
        public static Observe Instance { get; } = new();
    }

    /// <summary>The farm at a time.</summary>
    /// <param name="Now">The farm's time.</param>
    /// <param name="Workers">The workers in the farm and the remembered ones.</param>
    /// <param name="StorageProblem">Why work is held, in one sentence; null when it is not.</param>
    public sealed record Observation(FarmSnapshot Farm, DateTimeOffset Now, IReadOnlyList<WorkerView> Workers, string? StorageProblem);

    /// <summary>The farm does not carry out a request.</summary>
    /// <param name="Reason">One sentence for the client.</param>
    public sealed record Refused(string Reason, FarmRequestError Error = FarmRequestError.Conflict);

    /// <summary>Lists the batches; answered with <see cref="BatchList"/> or <see cref="QueryFailed"/>.</summary>
    public sealed record GetBatches
    {
        public static GetBatches Instance { get; } = new();
    }

    /// <summary>Requests the blobs that open batches use; answered with <see cref="BlobsInUse"/>.</summary>
    public sealed record GetBlobsInUse
    {
        public static GetBlobsInUse Instance { get; } = new();
    }

    /// <summary>The blobs that open batches use, by digest.</summary>
    public sealed record BlobsInUse(IReadOnlySet<string> Digests);

    /// <summary>The archive could not be read.</summary>
    public sealed record QueryFailed(string Reason);

    /// <summary>The requested batch; null when the id is unknown.</summary>
    public sealed record BatchAnswer(BatchView? View);

    /// <summary>The state of the requested batch; null when the id is unknown.</summary>
    public sealed record BatchStateAnswer(BatchState? State);
}
