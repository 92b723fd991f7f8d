using System.Text;
using System.Text.RegularExpressions;

namespace MlxVideo.Shared.Csv;

/// <summary>Encoding and separator of a CSV file.</summary>
/// <param name="Encoding">UTF-8, or UTF-16 according to the byte order mark.</param>
/// <param name="Separator">Column separator: comma, semicolon or tab.</param>
/// <param name="HasSeparatorLine">True when the first line is Excel's <c>sep=,</c> instead of the header.</param>
internal sealed partial record CsvDialect(Encoding Encoding, char Separator, bool HasSeparatorLine)
{
    private const char DefaultSeparator = ',';
    private static readonly char[] Separators = [DefaultSeparator, ';', '\t'];

    /// <summary>Name of the separator for use in a sentence.</summary>
    public string SeparatorName => Separator switch
    {
        ';' => "semicolons",
        '\t' => "tabs",
        _ => "commas",
    };

    /// <summary>
    /// Detects a file's dialect from its byte order mark, separator line and header; returns null and adds an error when it can't be read.
    /// </summary>
    public static CsvDialect? Detect(Stream file, ICollection<CsvError> errors)
    {
        var encoding = ByteOrder(file);
        file.Position = 0;
        var error = encoding is UnicodeEncoding
            ? Utf16Check.Find(file, encoding.Equals(Encoding.BigEndianUnicode))
            : Utf8Check.Find(file);
        if (error is not null)
        {
            errors.Add(error);
            return null;
        }

        file.Position = 0;
        using var reader = new StreamReader(file, encoding, detectEncodingFromByteOrderMarks: true, leaveOpen: true);
        var first = Line(reader);
        if (SeparatorLine().Match(first) is not { Success: true } line)
            return new CsvDialect(encoding, SeparatorOf(first.Trim().Length > 0 ? first : Header(reader)), HasSeparatorLine: false);
        var separator = line.Groups["separator"].Value;
        if (separator is [var only] && Separators.Contains(only))
            return new CsvDialect(encoding, only, HasSeparatorLine: true);
        errors.Add(new CsvError(
            1, null, $"'sep={separator}' specifies an unsupported separator: use commas, semicolons or tabs."));
        return null;
    }

    private static Encoding ByteOrder(Stream file)
    {
        Span<byte> mark = stackalloc byte[2];
        return file.ReadAtLeast(mark, mark.Length, throwOnEndOfStream: false) < mark.Length ? Encoding.UTF8
            : mark.SequenceEqual(Encoding.Unicode.Preamble) ? Encoding.Unicode
            : mark.SequenceEqual(Encoding.BigEndianUnicode.Preamble) ? Encoding.BigEndianUnicode
            : Encoding.UTF8;
    }

    /// <summary>Returns the separator that yields a column named prompt; otherwise the most frequent one in the header.</summary>
    private static char SeparatorOf(string header)
    {
        var used = Separators.Where(header.Contains).ToList();
        var byFrequency = used.OrderByDescending(separator => header.Count(separator.Equals));
        return used.Where(MakesPrompt).Concat(byFrequency).FirstOrDefault(DefaultSeparator);

        bool MakesPrompt(char separator) =>
            header.Split(separator).Any(name => CsvColumns.Normalize(name.Trim().Trim('"')) == CsvColumns.Prompt);
    }

    private static string Header(StreamReader reader)
    {
        while (!reader.EndOfStream)
        {
            if (Line(reader) is var line && line.AsSpan().Trim().Trim(Separators).Length > 0)
                return line;
        }

        return "";
    }

    /// <summary>Returns the next line, truncated when overlong; that is sufficient for a header.</summary>
    private static string Line(StreamReader reader)
    {
        var line = new StringBuilder();
        while (reader.Read() is var character and not (-1 or '\n' or '\r') && line.Length < CsvRecords.MaxFieldLength)
            line.Append((char)character);
        return line.ToString();
    }

    [GeneratedRegex("""\A"?sep=(?<separator>[^"]*?)"?[ ]*\z""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SeparatorLine();
}
