namespace MlxVideo.Shared.Csv;

/// <summary>What a batch's CSV says.</summary>
/// <param name="Rows">The rows without a fault; none when a fault concerns the header or the whole file.</param>
/// <param name="Faults">Everything that is wrong, by line.</param>
/// <param name="Notes">What was read in a way that its author may not have meant, a sentence each; empty as a rule.</param>
public sealed record BatchCsvContent(IReadOnlyList<BatchRow> Rows, IReadOnlyList<CsvError> Faults, IReadOnlyList<string> Notes);
