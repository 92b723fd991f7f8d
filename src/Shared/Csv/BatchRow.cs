using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Csv;

/// <summary>A validated row of a batch's CSV: one clip.</summary>
/// <param name="Row">Data row, from 1; blank lines are not counted.</param>
/// <param name="Line">First line of the row in the file, from 1.</param>
/// <param name="Settings">Render settings, still without images (see <paramref name="Images"/>).</param>
/// <param name="Images">The conditioning images as files, in the order given.</param>
/// <param name="Output">Output file relative to the output folder, with forward slashes; unique in the batch.</param>
public sealed record BatchRow(
    int Row, int Line, RenderSettings Settings, IReadOnlyList<RowImage> Images, string Output, ClipConstraints Constraints);

/// <summary>A conditioning image of a row.</summary>
/// <param name="Path">Absolute path of the image file.</param>
/// <param name="Frame">Pixel frame that the image conditions.</param>
/// <param name="Strength">1 keeps the image unchanged, 0 ignores it.</param>
public sealed record RowImage(string Path, int Frame, double Strength);
