using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Csv;

/// <summary>Parses the cells of a row and collects their errors.</summary>
internal sealed class RowCells(CsvColumns columns, CsvRecord record, int row, ICollection<CsvError> errors)
{
    /// <summary>Returns a cell unchanged.</summary>
    public string Raw(string column) => columns.Value(record, column);

    /// <summary>Returns a cell without surrounding white space; null when nothing is left.</summary>
    public string? Trimmed(string column) => Raw(column).Trim() is { Length: > 0 } text ? text : null;

    /// <summary>Adds an error in a column unless <paramref name="reason"/> is null.</summary>
    public void AddError(string column, string? reason)
    {
        if (reason is not null)
            errors.Add(new CsvError(record.Line, column, reason, row));
    }

    /// <summary>Returns a text, including surrounding white space.</summary>
    public string Text(string column, Func<string, string?> rule)
    {
        var text = Raw(column);
        AddError(column, rule(text));
        return text;
    }

    /// <summary>Returns a text as <see cref="Text"/> does; null for a cell without any.</summary>
    public string? OptionalText(string column, Func<string, string?> rule) => Trimmed(column) is null ? null : Text(column, rule);

    /// <summary>Returns a whole number; <paramref name="empty"/> for an empty cell, null for an invalid one.</summary>
    public long? Integer(string column, long empty, Func<long, string?> rule)
    {
        if (Trimmed(column) is not { } text)
            return empty;
        var reason = NumberText.ReadWhole(text, out var value) ?? rule(value);
        AddError(column, reason);
        return reason is null ? value : null;
    }

    /// <summary>Returns a Boolean in any spelling used by spreadsheets; <paramref name="empty"/> for an empty or invalid cell.</summary>
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
                AddError(column, $"'{Trimmed(column)}' is not a Boolean value: use true or false.");
                return empty;
        }
    }

    /// <summary>Returns a choice by name, ignoring case; <paramref name="empty"/> for an empty or unknown name.</summary>
    public TChoice Choice<TChoice>(string column, TChoice empty)
        where TChoice : struct, Enum
    {
        if (Trimmed(column) is not { } text)
            return empty;
        AddError(column, ChoiceNames.Read<TChoice>(text, out var choice));
        return choice;
    }

    /// <summary>Returns a value with a syntax of its own; <paramref name="empty"/> for an empty or invalid cell.</summary>
    public TValue Parsed<TValue>(string column, TValue empty, CellParser<TValue> parse)
    {
        if (Trimmed(column) is not { } text)
            return empty;
        var reason = parse(text, out var value);
        AddError(column, reason);
        return reason is null ? value : empty;
    }

    /// <summary>Returns a decimal number; <paramref name="empty"/> for an empty cell, null for an invalid one.</summary>
    public double? Number(string column, double empty, Func<double, string?> rule)
    {
        if (Trimmed(column) is not { } text)
            return empty;
        var reason = NumberText.ReadDecimal(text, out var value) ?? rule(value);
        AddError(column, reason);
        return reason is null ? value : null;
    }
}

/// <summary>Parses a cell; returns the error in one sentence, or null.</summary>
internal delegate string? CellParser<TValue>(string text, out TValue value);
