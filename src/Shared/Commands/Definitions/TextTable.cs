using System.Text;

namespace MlxVideo.Shared.Commands.Definitions;

/// <summary>A result as a table of text.</summary>
/// <param name="Columns">Headings; empty for lines without columns.</param>
/// <param name="Rows">Cells of each row.</param>
/// <param name="Notes">Lines below the table.</param>
public sealed record TextTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, IReadOnlyList<string> Notes)
{
    private const string Gap = "  ";

    /// <summary>A sentence without a table.</summary>
    public static TextTable Line(string sentence) => new([], [], [sentence]);

    /// <summary>A table with one row per item.</summary>
    public static TextTable Of<T>(IEnumerable<T> items, params (string Heading, Func<T, string?> Cell)[] columns) => new(
        columns.Select(column => column.Heading).ToList(),
        items.Select(item => (IReadOnlyList<string>)columns.Select(column => column.Cell(item) ?? "").ToList()).ToList(),
        []);

    /// <summary>A table of names and values, without those that have no value.</summary>
    public static TextTable OfValues(params (string Name, string? Value)[] values) => new(
        [],
        values.Where(value => value.Value is not null).Select(value => (IReadOnlyList<string>)[value.Name, value.Value!]).ToList(),
        []);

    /// <summary>Adds lines below the table; null ones are left out.</summary>
    public TextTable With(params IEnumerable<string?> notes) => this with { Notes = [.. Notes, .. notes.OfType<string>()] };

    /// <summary>Returns the table as lines with aligned columns.</summary>
    public IReadOnlyList<string> ToLines()
    {
        var lines = Rows.Count == 0 ? [] : (Columns.Count == 0 ? Rows : [Columns, .. Rows]).ToList();
        var widths = lines.Count == 0
            ? []
            : Enumerable.Range(0, lines[0].Count).Select(column => lines.Max(line => line[column].Length)).ToList();
        return [.. lines.Select(line => Join(line, widths)), .. Notes];
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join('\n', ToLines());

    private static string Join(IReadOnlyList<string> cells, List<int> widths)
    {
        var text = new StringBuilder();
        for (var column = 0; column < cells.Count; column++)
            text.Append(column == 0 ? "" : Gap).Append(cells[column].PadRight(widths[column]));
        return text.ToString().TrimEnd();
    }
}
