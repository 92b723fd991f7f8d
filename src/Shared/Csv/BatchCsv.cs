using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Csv;

/// <summary>
/// Reads and validates a batch's CSV: RFC 4180, UTF-8 with or without byte order mark, with a header of names in any case, with hyphens,
/// underscores or spaces. Variants written by spreadsheets are accepted as well, see <see cref="CsvDialect"/>. All errors of the file are
/// reported at once.
/// </summary>
public static class BatchCsv
{
    /// <summary>Maximum number of rows per batch.</summary>
    public const int MaxRows = 100_000;

    /// <summary>Maximum file size; bounds the memory used.</summary>
    public const long MaxBytes = 256L << 20;

    /// <summary>Reads and validates a file.</summary>
    /// <param name="path">The CSV.</param>
    /// <param name="probe">Examines the files of the rows.</param>
    /// <param name="time">Clock and time zone for deadlines; the system's when null.</param>
    /// <param name="folder">Folder of relative paths; that of the CSV when null.</param>
    public static BatchCsvContent Read(string path, IMediaProbe probe, TimeProvider? time = null, string? folder = null)
    {
        var errors = new List<CsvError>();
        var shortRows = new ShortRows();
        folder ??= Path.GetDirectoryName(Path.GetFullPath(path))!;
        var drafts = ReadDrafts(path, folder, time ?? TimeProvider.System, errors, shortRows);
        drafts = DraftInputs.Describe(drafts, probe, errors);
        var rows = Rows(drafts, errors);
        var faulty = errors.Select(error => error.Row).ToHashSet();
        return new BatchCsvContent(
            faulty.Contains(0) ? [] : rows.Where(row => !faulty.Contains(row.Row)).ToList(),
            errors.OrderBy(error => error.Line).ToList(),
            shortRows.Notes);
    }

    private static List<RowDraft> ReadDrafts(
        string path, string folder, TimeProvider time, List<CsvError> errors, ShortRows shortRows)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            if (file.Length > MaxBytes)
            {
                errors.Add(
                    new CsvError(
                        0, null, $"{path} is {file.Length >> 20} MiB, over the limit of {MaxBytes >> 20} MiB: split it into batches."));
                return [];
            }

            if (CsvDialect.Detect(file, errors) is not { } dialect)
                return [];
            file.Position = 0;
            return ReadDrafts(file, dialect, folder, time, errors, shortRows);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            errors.Add(
                new CsvError(
                    0, null, Directory.Exists(path) ? $"{path} is a folder: specify a CSV file." : $"The CSV can't be read: {ex.Message}"));
            return [];
        }
    }

    private static List<RowDraft> ReadDrafts(
        Stream file, CsvDialect dialect, string folder, TimeProvider time, List<CsvError> errors, ShortRows shortRows)
    {
        using var records = new CsvRecords(file, dialect);
        if (records.Next() is not { } header)
        {
            errors.Add(new CsvError(1, null, "The file is empty: add a header line with the column names and a line for each clip."));
            return [];
        }

        var columns = new CsvColumns(header, dialect, errors);
        if (columns.IsUnreadable)
            return [];
        var reader = new RowReader(columns, folder, time, errors, shortRows);
        var drafts = new List<RowDraft>();
        var row = 0;
        while (records.Next() is { } record)
        {
            if (++row > MaxRows)
            {
                errors.Add(new CsvError(record.Line, null, $"The file has more than {MaxRows} rows: split it into several batches."));
                break;
            }

            if (reader.Read(record, row) is { } draft)
                drafts.Add(draft);
            if (record.EndsReading)
                break;
        }

        if (row == 0)
            errors.Add(new CsvError(header.Line, null, "There are no rows after the header: add a line for each clip."));
        return drafts;
    }

    private static List<BatchRow> Rows(List<RowDraft> drafts, List<CsvError> errors)
    {
        // Explicit outputs first: default names yield to them, regardless of row order.
        var names = new OutputNames();
        foreach (var draft in drafts)
        {
            if (draft.Output is not null && names.Reserve(draft.Output, Owner(draft)) is { } reason)
                errors.Add(new CsvError(draft.Line, CsvColumns.Output, reason, draft.Row));
        }

        return drafts.Select(draft => new BatchRow(
            draft.Row, draft.Line, draft.Settings, draft.Inputs,
            draft.Output ?? names.ReserveFree(
                OutputPath.Default(draft.Row, draft.Settings.Prompt, draft.Settings.Extension),
                Owner(draft)),
            draft.Constraints, draft.Model)).ToList();

        static string Owner(RowDraft draft) => $"row {draft.Row} (line {draft.Line})";
    }
}
