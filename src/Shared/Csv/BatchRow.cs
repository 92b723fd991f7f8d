using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Csv;

/// <summary>A validated row of a batch's CSV: one clip.</summary>
/// <param name="Row">Data row, from 1; blank lines are not counted.</param>
/// <param name="Line">First line of the row in the file, from 1.</param>
/// <param name="Settings">Render settings with the properties of the files, which are not hashed (<see cref="InputSettings"/>).</param>
/// <param name="Inputs">The clip's files.</param>
/// <param name="Output">Output file relative to the output folder, with forward slashes; unique in the batch.</param>
/// <param name="Model">Name or digest of the clip's model; null for the batch's.</param>
public sealed record BatchRow(
    int Row, int Line, RenderSettings Settings, ClipInputs Inputs, string Output, ClipConstraints Constraints,
    string? Model = null);
