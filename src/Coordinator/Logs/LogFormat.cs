using System.Text.Json;
using MlxVideo.Shared.Json;

namespace MlxVideo.Coordinator.Logs;

/// <summary>The text of log files: JSON Lines.</summary>
internal static class LogFormat
{
    private const byte NewLine = (byte)'\n';

    /// <summary>Returns a record as a line.</summary>
    /// <param name="continues">False to end an incomplete line first.</param>
    public static byte[] Write(LogRecord record, bool continues)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(record, FarmJson.Options);
        return continues ? [.. json, NewLine] : [NewLine, .. json, NewLine];
    }

    /// <summary>Returns the records of complete lines; others, which a killed process left behind, are skipped.</summary>
    public static IReadOnlyList<LogRecord> Parse(ReadOnlySpan<byte> text)
    {
        var records = new List<LogRecord>();
        foreach (var range in text.Split(NewLine))
        {
            var line = text[range];
            if (line.IsEmpty)
                continue;
            try
            {
                if (JsonSerializer.Deserialize<LogRecord>(line, FarmJson.Options) is { } record)
                    records.Add(record);
            }
            catch (JsonException)
            {
                // An incomplete line.
            }
        }

        return records;
    }
}
