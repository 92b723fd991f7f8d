using System.Text.Json;
using MlxVideo.Shared.Json;

namespace MlxVideo.Farm.Traces;

/// <summary>
/// What happened to a batch, as the coordinator wrote it down: a JSON object in each line, in the order in which things happened.
/// </summary>
/// <param name="Batch">What was submitted.</param>
/// <param name="Lines">All lines, that one included.</param>
public sealed record BatchTrace(TraceLines.BatchBegan Batch, IReadOnlyList<TraceLine> Lines)
{
    /// <summary>A line as it is written, without its end.</summary>
    public static string Write(TraceLine line) => JsonSerializer.Serialize(line, FarmJson.Options);

    /// <summary>Reads a trace.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="TraceException">It can't be read, or a line is none of a trace's.</exception>
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

        return lines.FirstOrDefault() is TraceLines.BatchBegan batch
            ? new BatchTrace(batch, lines)
            : throw new TraceException($"{path}, line 1: a trace begins with a line of kind 'batch', and this file does not.");
    }

    private static TraceLine ReadLine(string path, int number, string line)
    {
        try
        {
            return JsonSerializer.Deserialize<TraceLine>(line, FarmJson.Options) ?? throw new JsonException("It is null.");
        }
        catch (Exception ex) when (ex is JsonException or NotSupportedException)
        {
            // The rest of the message counts lines and bytes inside this line.
            var reason = ex.Message.Split(". ")[0].TrimEnd('.');
            throw new TraceException($"{path}, line {number}: this is not a whole line of a trace ({reason}).", ex);
        }
    }
}
