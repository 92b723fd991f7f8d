using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Api;

/// <summary>The body of <c>POST /api/batches</c>: clips to render. Conditioning images must already be in the blob store.</summary>
/// <param name="ClientToken">The client's id for the submission; resubmitting it returns the existing batch.</param>
/// <param name="Clips">The clips, with unique rows and outputs.</param>
/// <param name="Weight">Relative share of the farm among batches of the same priority class; above 0.</param>
/// <param name="Model">
/// Name of the model to use, or its digest, or the leading digits of its digest; null for the only model in the farm.
/// </param>
public sealed record SubmitBatch(string ClientToken, IReadOnlyList<SubmittedClip> Clips, double Weight = 1, string? Model = null)
{
    /// <summary>Maximum size as JSON in bytes: the maximum number of clips with prompts of usual length.</summary>
    public const long MaxBytes = BatchCsv.MaxRows * 1280L;
}

/// <summary>A clip of a batch.</summary>
/// <param name="Row">Data row in the CSV, from 1.</param>
/// <param name="Output">File name relative to the output folder, with forward slashes.</param>
public sealed record SubmittedClip(int Row, string Output, ClipConstraints Constraints, RenderSettings Settings);

/// <summary>The response to <c>POST /api/batches</c>.</summary>
/// <param name="Id">Id of the batch.</param>
/// <param name="Model">Digest of the model that renders the batch; null until a worker has joined.</param>
public sealed record BatchCreated(string Id, string? Model = null);

/// <summary>The body of every error response.</summary>
/// <param name="Error">One sentence with the error, its location and the remedy.</param>
public sealed record ApiError(string Error);
