namespace MlxVideo.Shared.Csv;

/// <summary>
/// Collects rows with fewer values than the header has columns. Spreadsheets omit trailing separators, but an unquoted value with a line
/// break looks the same: the rows are read with a notice.
/// </summary>
internal sealed class ShortRows
{
    private const string Effect = "than the header has columns; the missing ones take the defaults.";

    private readonly List<int> _lines = [];

    /// <summary>Adds a row.</summary>
    public void Add(int line) => _lines.Add(line);

    /// <summary>A single notice about all these rows; empty when there are none.</summary>
    public IReadOnlyList<string> Notes => _lines switch
    {
        [] => [],
        [var line] => [$"line {line}: The row has fewer values {Effect}"],
        [var line, ..] =>
            [$"line {line} and {_lines.Count - 1} more: The rows have fewer values {Effect}"],
    };
}
