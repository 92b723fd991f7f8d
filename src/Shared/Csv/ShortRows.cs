namespace MlxVideo.Shared.Csv;

/// <summary>
/// The rows that have fewer values than the header has columns. Spreadsheets leave out the last commas, but a line break in a
/// value without quotation marks looks the same: the rows are read, and their author is told.
/// </summary>
internal sealed class ShortRows
{
    private const string Effect = "than the header has columns; the missing ones take their defaults.";

    private readonly List<int> _lines = [];

    /// <summary>Notes a row.</summary>
    public void Add(int line) => _lines.Add(line);

    /// <summary>The sentence about all of them, if there are any.</summary>
    public IReadOnlyList<string> Notes => _lines switch
    {
        [] => [],
        [var line] => [$"line {line}: It has fewer values {Effect}"],
        [var line, ..] =>
            [$"line {line} and {_lines.Count - 1} more: They have fewer values {Effect}"],
    };
}
