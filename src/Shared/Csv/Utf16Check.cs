namespace MlxVideo.Shared.Csv;

/// <summary>Validates UTF-16 text.</summary>
internal static class Utf16Check
{
    /// <summary>Returns the first error from the stream's position on, or null.</summary>
    /// <param name="file">The file, buffered.</param>
    /// <param name="isBigEndian">True for UTF-16BE, false for UTF-16LE.</param>
    public static CsvError? Find(Stream file, bool isBigEndian)
    {
        var (line, previous) = (1, '\0');
        while (file.ReadByte() is var first and >= 0)
        {
            if (file.ReadByte() is not (var second and >= 0))
                return Error(line, "ends in the middle of a character");
            var unit = (char)(isBigEndian ? (first << 8) | second : (second << 8) | first);
            if (unit == '\0')
                return Error(line, "contains a NUL character");
            if (char.IsHighSurrogate(previous) != char.IsLowSurrogate(unit))
                return Error(line, "contains an incomplete character");
            // Lines are counted like in CsvHelper: they end with CR, LF or both.
            if (unit == '\r' || (unit == '\n' && previous != '\r'))
                line++;
            previous = unit;
        }

        return char.IsHighSurrogate(previous) ? Error(line, "ends in the middle of a character") : null;
    }

    private static CsvError Error(int line, string what) => new(line, null, $"The file is UTF-16 but {what}: save it as UTF-8.");
}
