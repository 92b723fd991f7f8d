using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Api;

/// <summary>The body of <c>POST /api/batches</c>: clips to render. Conditioning images must be in the blob store already.</summary>
/// <param name="ClientToken">Chosen by the client; submitting the same token again returns the same batch.</param>
/// <param name="Clips">The clips; rows and outputs are unique.</param>
/// <param name="Weight">The batch's share of the farm among batches of the same priority class; above 0.</param>
/// <param name="Model">
/// Name of the model that renders the clips, or its digest, or leading digits of that; null for the only model in the farm.
/// </param>
public sealed record SubmitBatch(string ClientToken, IReadOnlyList<SubmittedClip> Clips, double Weight = 1, string? Model = null)
{
    /// <summary>Largest JSON form in bytes: as many clips as a batch may have, with prompts of usual length.</summary>
    public const long MaxBytes = BatchCsv.MaxRows * 1280L;
}

/// <summary>One clip of a batch.</summary>
/// <param name="Row">Row number in the CSV's data, from 1.</param>
/// <param name="Output">File name relative to the output folder, with forward slashes.</param>
/// <param name="Constraints">Priority, deadline and where it may run.</param>
/// <param name="Settings">What to render.</param>
public sealed record SubmittedClip(int Row, string Output, ClipConstraints Constraints, RenderSettings Settings);

/// <summary>The answer to <c>POST /api/batches</c>.</summary>
/// <param name="Id">The batch's id.</param>
/// <param name="Model">Digest of the model that renders it; null until a worker is in the farm.</param>
public sealed record BatchCreated(string Id, string? Model = null);

/// <summary>The body of every refusal.</summary>
/// <param name="Error">One sentence: what is wrong, where, what to do.</param>
public sealed record ApiError(string Error);
