using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Csv;

/// <summary>A parsed row, before its files are opened and its output is compared with those of other rows.</summary>
/// <param name="Row">Data row, from 1.</param>
/// <param name="Line">First line of the row in the file.</param>
/// <param name="Settings">Settings, with defaults in place of invalid values.</param>
/// <param name="Output">Normalized output path; null for the default.</param>
/// <param name="Model">Name or digest of the clip's model; null for the batch's.</param>
internal sealed record RowDraft(
    int Row, int Line, RenderSettings Settings, ClipInputs Inputs, string? Output, ClipConstraints Constraints,
    string? Model);
