using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace MlxVideo.Shared.Csv;

/// <summary>A record of a CSV file.</summary>
/// <param name="Line">First line of the record.</param>
/// <param name="Fields">Unquoted values.</param>
/// <param name="Fault">Error in the quoting, or null.</param>
/// <param name="EndsReading">True when the rest of the file can't be read.</param>
internal sealed record CsvRecord(int Line, string[] Fields, string? Fault, bool EndsReading = false);

/// <summary>Reads the records of an RFC 4180 file sequentially, skipping blank lines and rows of empty cells.</summary>
internal sealed class CsvRecords : IDisposable
{
    /// <summary>Maximum length of a value; keeps an unclosed quotation mark from consuming the whole file.</summary>
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
            IgnoreBlankLines = false, // keeps the parser's line numbers equal to the file's
            MaxFieldSize = MaxFieldLength,
            BadDataFound = bad => _badField ??= bad.Field,
        });
        if (dialect.HasSeparatorLine)
            _parser.Read();
    }

    /// <summary>Returns the next record, or null at the end.</summary>
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
                    line, [], $"A value has more than {MaxFieldLength} characters: its closing quotation mark is probably missing.",
                    EndsReading: true);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _parser.Dispose();

    /// <summary>True for a record without values: an empty line, or only empty cells. A lone quoted empty value is a value.</summary>
    private bool IsBlank(string[] fields) =>
        fields.Length > 1
            ? _badField is null && Array.TrueForAll(fields, string.IsNullOrWhiteSpace)
            : fields is [""] && _parser.RawRecord.AsSpan().TrimEnd("\r\n").IsEmpty;

    private static string QuotingFault(string field)
    {
        if (!field.StartsWith('"'))
            return "A value contains a quotation mark but does not start with one: enclose the whole value in quotation marks and double "
                + "those inside it.";
        return field.Count(character => character == '"') % 2 != 0
            ? "A quoted value that starts here is never closed: add the closing quotation mark and double those inside it."
            : "Text follows the closing quotation mark of a value: double the quotation marks inside the value.";
    }
}
