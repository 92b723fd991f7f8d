using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Api;

/// <summary>The body of <c>POST /api/batches</c>: clips to render. Conditioning images must be in the blob store already.</summary>
/// <param name="ClientToken">Chosen by the client; submitting the same token again returns the same batch.</param>
/// <param name="Clips">The clips; rows and outputs are unique.</param>
public sealed record SubmitBatch(string ClientToken, IReadOnlyList<SubmittedClip> Clips);

/// <summary>One clip of a batch.</summary>
/// <param name="Row">Row number in the CSV's data, from 1.</param>
/// <param name="Output">File name relative to the output folder, with forward slashes.</param>
/// <param name="Priority">Higher goes first.</param>
/// <param name="Settings">What to render.</param>
public sealed record SubmittedClip(int Row, string Output, int Priority, RenderSettings Settings);

/// <summary>The answer to <c>POST /api/batches</c>.</summary>
/// <param name="Id">The batch's id.</param>
public sealed record BatchCreated(string Id);

/// <summary>The body of every refusal.</summary>
/// <param name="Error">One sentence: what is wrong, where, what to do.</param>
public sealed record ApiError(string Error);
