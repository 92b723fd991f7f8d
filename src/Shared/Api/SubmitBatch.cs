using System.ComponentModel.DataAnnotations;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Api;

/// <summary>The body of <c>POST /api/v1/batches</c>: clips to render. Conditioning images must already be in the blob store.</summary>
/// <param name="ClientToken">The client's id for the submission; resubmitting it returns the existing batch.</param>
/// <param name="Clips">The clips, with unique rows and outputs.</param>
/// <param name="Weight">Relative share of the farm among batches of the same priority class; above 0.</param>
/// <param name="Model">
/// Name of the model to use, or its digest, or the leading digits of its digest; null for the only model in the farm.
/// </param>
/// <param name="MaxFailed">Number of failed clips at which the rest is cancelled; null for no limit.</param>
[FarmCommand(
    FarmPalette.Farm, "submit", "Submits a batch; on the command line, a CSV of prompts.", Method = "POST", Path = "/api/v1/batches",
    MaxBytes = SubmitBatch.MaxBytes, Example = "prompts.csv --wait --output clips")]
public sealed record SubmitBatch(
    [Argument("Your own ID for the submission: repeating it returns the existing batch.", Option = "submission-id")]
    [Length(1, SubmitBatch.MaxTokenLength)] string ClientToken,
    [Argument("The clips, with unique rows and outputs; on the command line, a CSV file.", IsPositional = true, Option = "csv")]
    [Length(1, BatchCsv.MaxRows)] IReadOnlyList<SubmittedClip> Clips,
    [Argument("Share of the farm relative to other batches: 2 gets twice as much as 1.")]
    [Range(ClipConstraintsRules.MinWeight, ClipConstraintsRules.MaxWeight)] double Weight = 1,
    [Argument("Model for the batch: its name, its digest, or leading digits of its digest.")] string? Model = null,
    [Argument("Cancel the rest of the batch when this many rows have failed."), Range(1, int.MaxValue)] int? MaxFailed = null)
    : IFarmRequest<BatchCreated>
{
    /// <summary>Maximum size as JSON in bytes: the maximum number of clips with prompts of usual length.</summary>
    public const long MaxBytes = BatchCsv.MaxRows * 1280L;

    /// <summary>Maximum number of characters of <see cref="ClientToken"/>.</summary>
    public const int MaxTokenLength = 200;
}

/// <summary>A clip of a batch.</summary>
/// <param name="Row">Data row in the CSV, from 1.</param>
/// <param name="Output">File name relative to the output folder, with forward slashes.</param>
/// <param name="Model">Model for this clip instead of the batch's, named in the same ways; null for the batch's.</param>
public sealed record SubmittedClip(
    [property: Range(1, int.MaxValue)] int Row, string Output, ClipConstraints Constraints, RenderSettings Settings,
    [property: Length(1, ClipConstraintsRules.MaxModelLength)] string? Model = null);

/// <summary>The response to <c>POST /api/v1/batches</c>.</summary>
/// <param name="Id">Id of the batch.</param>
/// <param name="Model">Digest of the model that renders the batch; null until a worker has joined.</param>
public sealed record BatchCreated(string Id, string? Model = null);

/// <summary>The body of every error response, as RFC 9457 describes it.</summary>
/// <param name="Detail">One sentence with the error, its location and the remedy.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">Name of the status.</param>
public sealed record ApiProblem(string Detail, int Status, string? Title = null);
