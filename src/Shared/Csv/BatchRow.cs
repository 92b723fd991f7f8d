using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Csv;

/// <summary>One clip that a batch's CSV asks for; everything in it was checked.</summary>
/// <param name="Row">Data row, from 1; blank lines do not count.</param>
/// <param name="Line">Line of the file where the row begins, from 1.</param>
/// <param name="Settings">What to render; its images are still missing, see <paramref name="Images"/>.</param>
/// <param name="Images">The conditioning images as files, in the order they were given.</param>
/// <param name="Output">File to write, relative to the output folder, with forward slashes; unique in the batch.</param>
/// <param name="Constraints">Priority, deadline and where it may run.</param>
public sealed record BatchRow(
    int Row, int Line, RenderSettings Settings, IReadOnlyList<RowImage> Images, string Output, ClipConstraints Constraints);

/// <summary>A conditioning image of a row.</summary>
/// <param name="Path">Absolute path of the image file.</param>
/// <param name="Frame">The pixel frame it stands for.</param>
/// <param name="Strength">1 keeps the image as it is, 0 ignores it.</param>
public sealed record RowImage(string Path, int Frame, double Strength);
