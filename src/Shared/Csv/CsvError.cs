namespace MlxVideo.Shared.Csv;

/// <summary>One thing that is wrong in a batch's CSV.</summary>
/// <param name="Line">Line of the file where the record begins, from 1; 0 when it concerns the file as a whole.</param>
/// <param name="Column">The column by its name here, an unknown one as the header writes it; null when it concerns the whole line.</param>
/// <param name="Reason">One sentence: what is wrong and what to do.</param>
/// <param name="Row">Data row, from 1; 0 when it concerns the header or the file, so that no row can be trusted.</param>
public sealed record CsvError(int Line, string? Column, string Reason, int Row = 0)
{
    /// <summary>The fault as it is shown: <c>line 3, column width: 50 pixels is outside 64 to 4096.</c></summary>
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
