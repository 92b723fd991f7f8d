using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Csv;

/// <summary>A row on its own: images not yet opened, output not yet compared with other rows'.</summary>
/// <param name="Row">Data row.</param>
/// <param name="Line">Line where it begins.</param>
/// <param name="Settings">Its settings, with defaults where the row is faulty.</param>
/// <param name="Images">Its images.</param>
/// <param name="Output">Its output in its one form; null for the default.</param>
/// <param name="Constraints">Priority, deadline and where it may run.</param>
internal sealed record RowDraft(
    int Row, int Line, RenderSettings Settings, IReadOnlyList<RowImage> Images, string? Output, ClipConstraints Constraints);
