using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Csv;

/// <summary>The cells of one row by column: reads them as texts and numbers and notes what is wrong.</summary>
internal sealed class RowCells(CsvColumns columns, CsvRecord record, int row, ICollection<CsvError> faults)
{
    /// <summary>A cell as it stands in the file.</summary>
    public string Raw(string column) => columns.Value(record, column);

    /// <summary>A cell without the spaces around it; null when nothing is left.</summary>
    public string? Trimmed(string column) => Raw(column).Trim() is { Length: > 0 } text ? text : null;

    /// <summary>Notes a fault in a column, if there is one.</summary>
    public void Note(string column, string? reason)
    {
        if (reason is not null)
            faults.Add(new CsvError(record.Line, column, reason, row));
    }

    /// <summary>A text, with its spaces.</summary>
    public string Text(string column, Func<string, string?> rule)
    {
        var text = Raw(column);
        Note(column, rule(text));
        return text;
    }

    /// <summary>A whole number; <paramref name="empty"/> for an empty cell, null for a faulty one.</summary>
    public long? Integer(string column, long empty, Func<long, string?> rule)
    {
        if (Trimmed(column) is not { } text)
            return empty;
        var reason = NumberText.ReadWhole(text, out var value) ?? rule(value);
        Note(column, reason);
        return reason is null ? value : null;
    }

    /// <summary>Yes or no in the words of spreadsheets; <paramref name="empty"/> for an empty or faulty cell.</summary>
    public bool Boolean(string column, bool empty)
    {
        switch (Trimmed(column)?.ToLowerInvariant())
        {
            case null:
                return empty;
            case "true" or "yes" or "1" or "on":
                return true;
            case "false" or "no" or "0" or "off":
                return false;
            default:
                Note(column, $"'{Trimmed(column)}' is neither yes nor no: write true or false.");
                return empty;
        }
    }

    /// <summary>A decimal number; <paramref name="empty"/> for an empty cell, null for a faulty one.</summary>
    public double? Number(string column, double empty, Func<double, string?> rule)
    {
        if (Trimmed(column) is not { } text)
            return empty;
        var reason = NumberText.ReadDecimal(text, out var value) ?? rule(value);
        Note(column, reason);
        return reason is null ? value : null;
    }
}
