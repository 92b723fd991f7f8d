using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Farm.Commands;

/// <summary>A batch to render.</summary>
/// <param name="ClientToken">Chosen by the client; a repeated token identifies the same batch.</param>
/// <param name="Clips">Clips with unique rows and outputs.</param>
/// <param name="Weight">The batch's share of the farm among batches of the same priority class; above 0.</param>
/// <param name="Model">Name of the model, its digest or leading digits of the digest; null for the only model in the farm.</param>
/// <param name="MaxFailed">Number of failed clips at which the rest is cancelled; null for no limit.</param>
public sealed record BatchRequest(
    string ClientToken, IReadOnlyList<ClipRequest> Clips, double Weight = 1, string? Model = null, int? MaxFailed = null);

/// <summary>A clip of a batch.</summary>
/// <param name="Row">Row number in the CSV's data, from 1.</param>
/// <param name="Output">File name relative to the output folder, with forward slashes.</param>
/// <param name="Constraints">Priority, deadline and eligible workers.</param>
/// <param name="Model">
/// Name of the model that renders it, its digest or leading digits of the digest, in events its digest; null for the batch's.
/// </param>
public sealed record ClipRequest(int Row, string Output, ClipConstraints Constraints, RenderSettings Settings, string? Model = null);
