namespace MlxVideo.Coordinator.Examination;

/// <summary>Joins names or row numbers for a finding, shortened in large farms.</summary>
internal static class Names
{
    private const int MaxNames = 8;

    /// <summary>Joins names; of a long list, only the first ones.</summary>
    public static string Join(IReadOnlyCollection<string> names, string separator = ", ") => names.Count <= MaxNames
        ? string.Join(separator, names)
        : $"{string.Join(separator, names.Take(MaxNames))} and {names.Count - MaxNames} others";

    /// <summary>Joins row numbers, with ranges: <c>1–3, 7</c>.</summary>
    public static string Rows(IEnumerable<int> rows)
    {
        var ranges = new List<(int First, int Last)>();
        foreach (var row in rows.Order())
        {
            if (ranges.Count > 0 && ranges[^1].Last == row - 1)
                ranges[^1] = (ranges[^1].First, row);
            else
                ranges.Add((row, row));
        }

        var text = Join(ranges.ConvertAll(range => FormattableString.Invariant(
            range.First == range.Last ? (FormattableString)$"{range.First}" : $"{range.First}–{range.Last}")));
        return ranges is [var (first, last)] && first == last ? $"row {text}" : $"rows {text}";
    }
}
