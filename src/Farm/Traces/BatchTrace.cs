using System.Text.Json;
using MlxVideo.Shared.Json;

namespace MlxVideo.Farm.Traces;

/// <summary>The coordinator's record of a batch: one JSON object per line, in chronological order.</summary>
/// <param name="Batch">The submitted batch.</param>
/// <param name="Lines">All lines, including that of the batch.</param>
public sealed record BatchTrace(TraceLines.BatchSubmitted Batch, IReadOnlyList<TraceLine> Lines)
{
    /// <summary>Serializes a line, without the line break.</summary>
    public static string Write(TraceLine line) => JsonSerializer.Serialize(line, FarmJson.Options);

    /// <summary>Reads a trace.</summary>
    /// <exception cref="TraceException">The file can't be read, or it contains a line that is not a valid trace line.</exception>
    public static BatchTrace Read(string path)
    {
        var lines = new List<TraceLine>();
        try
        {
            foreach (var line in File.ReadLines(path))
                lines.Add(ReadLine(path, lines.Count + 1, line));
        }
        catch (Exception ex) when (ex is (IOException or UnauthorizedAccessException) and not TraceException)
        {
            throw new TraceException($"The trace {path} can't be read: {ex.Message}", ex);
        }

        return lines.FirstOrDefault() is TraceLines.BatchSubmitted batch
            ? new BatchTrace(batch, lines)
            : throw new TraceException($"{path}, line 1: a trace must begin with a line of kind 'batch'.");
    }

    private static TraceLine ReadLine(string path, int number, string line)
    {
        try
        {
            return JsonSerializer.Deserialize<TraceLine>(line, FarmJson.Options) ?? throw new JsonException("The line is null.");
        }
        catch (Exception ex) when (ex is JsonException or NotSupportedException)
        {
            // The rest of the message gives line and byte positions within this line.
            var reason = ex.Message.Split(". ")[0].TrimEnd('.');
            throw new TraceException($"{path}, line {number}: this is not a complete trace line ({reason}).", ex);
        }
    }
}
