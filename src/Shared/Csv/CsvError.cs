namespace MlxVideo.Shared.Csv;

/// <summary>An error in a batch's CSV.</summary>
/// <param name="Line">First line of the record in the file, from 1; 0 for an error of the whole file.</param>
/// <param name="Column">Normalized column name, or an unknown name as written in the header; null for an error of the whole line.</param>
/// <param name="Reason">One sentence: the error and the remedy.</param>
/// <param name="Row">Data row, from 1; 0 for an error of the header or the file, which invalidates all rows.</param>
public sealed record CsvError(int Line, string? Column, string Reason, int Row = 0)
{
    /// <summary>
    /// Returns the error as shown to users: <c>line 3, column width: 50 pixels is outside the range 64 to 4096.</c>
    /// </summary>
    public override string ToString()
    {
        var place = (Line, Column) switch
        {
            (0, _) => "",
            (_, null) => $"line {Line}: ",
            _ => $"line {Line}, column {Column}: ",
        };
        return place + Reason;
    }
}
