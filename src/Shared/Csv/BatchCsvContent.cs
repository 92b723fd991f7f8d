namespace MlxVideo.Shared.Csv;

/// <summary>The content of a batch's CSV.</summary>
/// <param name="Rows">Valid rows; none when an error concerns the header or the whole file.</param>
/// <param name="Errors">All errors, ordered by line.</param>
/// <param name="Notes">Notices about input that may not have the intended meaning, one sentence each; usually empty.</param>
public sealed record BatchCsvContent(IReadOnlyList<BatchRow> Rows, IReadOnlyList<CsvError> Errors, IReadOnlyList<string> Notes);
