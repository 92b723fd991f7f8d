namespace MlxVideo.Shared.Csv;

/// <summary>Finds what is not UTF-16 in a file.</summary>
internal static class Utf16Check
{
    /// <summary>The first fault from the stream's position on, or null.</summary>
    /// <param name="file">The file, buffered.</param>
    /// <param name="isBigEndian">Which byte of a character comes first.</param>
    public static CsvError? Find(Stream file, bool isBigEndian)
    {
        var (line, previous) = (1, '\0');
        while (file.ReadByte() is var first and >= 0)
        {
            if (file.ReadByte() is not (var second and >= 0))
                return Fault(line, "ends within a character");
            var unit = (char)(isBigEndian ? (first << 8) | second : (second << 8) | first);
            if (unit == '\0')
                return Fault(line, "holds a NUL character");
            if (char.IsHighSurrogate(previous) != char.IsLowSurrogate(unit))
                return Fault(line, "holds half a character");
            // Lines end as CsvHelper counts them: with CR, LF or both.
            if (unit == '\r' || (unit == '\n' && previous != '\r'))
                line++;
            previous = unit;
        }

        return char.IsHighSurrogate(previous) ? Fault(line, "ends within a character") : null;
    }

    private static CsvError Fault(int line, string what) => new(line, null, $"The file is UTF-16 but {what}: save it as UTF-8.");
}
