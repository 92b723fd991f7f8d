using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace MlxVideo.Shared.Csv;

/// <summary>One record of a CSV file.</summary>
/// <param name="Line">Line where it begins.</param>
/// <param name="Fields">Its values, unquoted.</param>
/// <param name="Fault">What is wrong with its quoting, or null.</param>
/// <param name="EndsReading">True when nothing after it can be read.</param>
internal sealed record CsvRecord(int Line, string[] Fields, string? Fault, bool EndsReading = false);

/// <summary>Reads the records of an RFC 4180 file one after the other, without blank lines and rows of empty cells.</summary>
internal sealed class CsvRecords : IDisposable
{
    /// <summary>Longest value that is read: keeps a quote that is never closed from taking the whole file.</summary>
    public const int MaxFieldLength = 100_000;

    private readonly CsvParser _parser;
    private string? _badField;

    public CsvRecords(Stream file, CsvDialect dialect)
    {
        var reader = new StreamReader(file, dialect.Encoding, detectEncodingFromByteOrderMarks: true);
        _parser = new CsvParser(reader, new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Mode = CsvMode.RFC4180,
            Delimiter = dialect.Separator.ToString(),
            IgnoreBlankLines = false, // so that the parser's line numbers stay those of the file
            MaxFieldSize = MaxFieldLength,
            BadDataFound = bad => _badField ??= bad.Field,
        });
        if (dialect.HasSeparatorLine)
            _parser.Read();
    }

    /// <summary>The next record, or null at the end.</summary>
    public CsvRecord? Next()
    {
        while (true)
        {
            var line = _parser.RawRow + 1;
            _badField = null;
            try
            {
                if (!_parser.Read())
                    return null;
                var fields = _parser.Record ?? [];
                if (IsBlank(fields))
                    continue;
                return new CsvRecord(line, fields, _badField is null ? null : QuotingFault(_badField));
            }
            catch (MaxFieldSizeException)
            {
                return new CsvRecord(
                    line, [], $"A value has over {MaxFieldLength} characters: probably its quotation mark is never closed.",
                    EndsReading: true);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _parser.Dispose();

    /// <summary>A line without values: empty, or the separators of empty cells only. A quoted empty value alone is a value.</summary>
    private bool IsBlank(string[] fields) =>
        fields.Length > 1
            ? _badField is null && Array.TrueForAll(fields, string.IsNullOrWhiteSpace)
            : fields is [""] && _parser.RawRecord.AsSpan().TrimEnd("\r\n").IsEmpty;

    private static string QuotingFault(string field)
    {
        if (!field.StartsWith('"'))
            return "A value has a quotation mark but does not begin with one: put the whole value in quotation marks and double those "
                + "inside.";
        return field.Count(character => character == '"') % 2 != 0
            ? "A quoted value that begins here is never closed: add the closing quotation mark, and double those inside."
            : "Text follows the closing quotation mark of a value: double the quotation marks inside it.";
    }
}
