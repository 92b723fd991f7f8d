using MlxVideo.Shared.Api;

namespace MlxVideo.Coordinator.Farm;

/// <summary>Requests of the HTTP API to <see cref="FarmActor"/>. These messages are local and never leave the process.</summary>
public static class FarmQueries
{
    /// <summary>Submits a batch; answered with <see cref="BatchCreated"/> or <see cref="SubmissionRefused"/>.</summary>
    public sealed record Submit(SubmitBatch Batch);

    /// <summary>
    /// Requests a batch; answered with <see cref="BatchAnswer"/>, after a wait if <paramref name="After"/> is the current version.
    /// </summary>
    public sealed record GetBatch(string Id, long? After, TimeSpan Wait);

    /// <summary>Cancels a batch; answered with <see cref="BatchAnswer"/>.</summary>
    public sealed record CancelBatch(string Id);

    /// <summary>Requests the farm's status; answered with <see cref="FarmStatus"/>.</summary>
    public sealed record GetFarm
    {
        public static GetFarm Instance { get; } = new();
    }

    /// <summary>The farm can't accept a batch in its current form.</summary>
    /// <param name="Reason">One sentence for the client.</param>
    public sealed record SubmissionRefused(string Reason);

    /// <summary>Lists the batches; answered with <see cref="BatchList"/>.</summary>
    public sealed record GetBatches
    {
        public static GetBatches Instance { get; } = new();
    }

    /// <summary>The requested batch; null when the id is unknown.</summary>
    public sealed record BatchAnswer(BatchView? View);
}
