using MlxVideo.Shared.Api;

namespace MlxVideo.Coordinator.Farm;

/// <summary>What the HTTP API asks of <see cref="FarmActor"/>. Local messages: they never leave the process.</summary>
public static class FarmQueries
{
    /// <summary>Accept a batch; answered with <see cref="BatchCreated"/> or <see cref="SubmissionRefused"/>.</summary>
    public sealed record Submit(SubmitBatch Batch);

    /// <summary>Show a batch; answered with <see cref="BatchAnswer"/>, later if <paramref name="After"/> is its version.</summary>
    public sealed record GetBatch(string Id, long? After, TimeSpan Wait);

    /// <summary>Give up a batch; answered with <see cref="BatchAnswer"/>.</summary>
    public sealed record CancelBatch(string Id);

    /// <summary>Show the farm; answered with <see cref="FarmStatus"/>.</summary>
    public sealed record GetFarm
    {
        /// <summary>The one instance.</summary>
        public static GetFarm Instance { get; } = new();
    }

    /// <summary>A batch that the farm can't accept as it is.</summary>
    /// <param name="Reason">One sentence for the client.</param>
    public sealed record SubmissionRefused(string Reason);

    /// <summary>List the batches; answered with <see cref="BatchList"/>.</summary>
    public sealed record GetBatches
    {
        /// <summary>The one instance.</summary>
        public static GetBatches Instance { get; } = new();
    }

    /// <summary>A batch, or null when there is none of that id.</summary>
    public sealed record BatchAnswer(BatchView? View);
}
