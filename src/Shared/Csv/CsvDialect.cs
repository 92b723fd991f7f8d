using System.Text;
using System.Text.RegularExpressions;

namespace MlxVideo.Shared.Csv;

/// <summary>How a CSV file is written.</summary>
/// <param name="Encoding">UTF-8, or UTF-16 as its byte order mark says.</param>
/// <param name="Separator">What separates the columns: comma, semicolon or tab.</param>
/// <param name="HasSeparatorLine">True when the first line is Excel's <c>sep=,</c> instead of the header.</param>
internal sealed partial record CsvDialect(Encoding Encoding, char Separator, bool HasSeparatorLine)
{
    private const char DefaultSeparator = ',';
    private static readonly char[] Separators = [DefaultSeparator, ';', '\t'];

    /// <summary>The separators' name in a sentence.</summary>
    public string SeparatorName => Separator switch
    {
        ';' => "semicolons",
        '\t' => "tabs",
        _ => "commas",
    };

    /// <summary>
    /// Finds out how a file is written, from its byte order mark, its separator line and its header; null and a fault if it can't
    /// be read.
    /// </summary>
    public static CsvDialect? Detect(Stream file, ICollection<CsvError> faults)
    {
        var encoding = ByteOrder(file);
        file.Position = 0;
        var fault = encoding is UnicodeEncoding
            ? Utf16Check.Find(file, encoding.Equals(Encoding.BigEndianUnicode))
            : Utf8Check.Find(file);
        if (fault is not null)
        {
            faults.Add(fault);
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
        faults.Add(new CsvError(
            1, null, $"'sep={separator}' names no separator that is read here: separate the columns by commas, semicolons or tabs."));
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

    /// <summary>The separator that makes a column called prompt; else the one that the header has most.</summary>
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

    /// <summary>The next line; of an overlong one the beginning, which is enough for a header.</summary>
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
