using MlxVideo.Shared.Api;

namespace MlxVideo.Coordinator.Logs;

/// <summary>Turns the records of log files into the API's views.</summary>
internal sealed class AttemptLogReader
{
    private readonly Dictionary<(int Row, string Stage, int Attempt), int> _nextLines = [];

    /// <summary>Returns the attempts of a row, in the order of their starts.</summary>
    public static IReadOnlyList<AttemptLogView> Attempts(int row, IReadOnlyList<LogRecord> records)
    {
        var attempts = new List<(AttemptLogView View, List<AttemptLogLine> Lines)>();
        var reader = new AttemptLogReader();
        foreach (var record in records)
        {
            var index = attempts.FindLastIndex(each => (each.View.Stage, each.View.Attempt) == (record.Stage, record.Attempt));
            if (record.Worker is { } worker)
            {
                var own = new List<AttemptLogLine>();
                attempts.Add((
                    new AttemptLogView(
                        row, record.Stage, record.Attempt, worker, record.At, EndedAt: null, AttemptState.Running, Error: null, own),
                    own));
                reader._nextLines.Remove((row, record.Stage, record.Attempt));
            }
            else if (index < 0)
                continue; // its start could not be written
            else if (record.State is { } state)
                attempts[index] = (
                    attempts[index].View with
                    {
                        State = state,
                        EndedAt = state == AttemptState.Running ? null : record.At,
                        Error = record.Error,
                    },
                    attempts[index].Lines);
            else
                attempts[index].Lines.AddRange(reader.NewLines(row, record));
        }

        return attempts.ConvertAll(attempt => attempt.View);
    }

    /// <summary>Returns the lines of a record, with the starts and ends of attempts as lines of their own.</summary>
    public IEnumerable<BatchLogLine> Lines(int row, LogRecord record)
    {
        if (record.Worker is { } worker)
        {
            _nextLines.Remove((row, record.Stage, record.Attempt));
            return [Line(record.At, $"given to {worker}")];
        }

        if (record.State is { } state)
            return [Line(record.At, state == AttemptState.Running
                ? "resumed"
                : $"{state.ToString().ToLowerInvariant()}{(record.Error is { } error ? $": {error}" : "")}")];
        return NewLines(row, record).Select(line => Line(line.At, line.Text)).ToList();

        BatchLogLine Line(DateTimeOffset at, string text) => new(row, record.Stage, record.Attempt, at, text);
    }

    /// <summary>Returns the lines of a record that have not been read yet, with a note about missing ones.</summary>
    private IEnumerable<AttemptLogLine> NewLines(int row, LogRecord record)
    {
        if (record.Lines is not { Count: > 0 } lines)
            return [];
        var key = (row, record.Stage, record.Attempt);
        var next = _nextLines.GetValueOrDefault(key, 1);
        _nextLines[key] = Math.Max(next, record.First + lines.Count);
        return record.First > next
            ? [new AttemptLogLine(lines[0].At, FormattableString.Invariant($"… {record.First - next} lines left out")), .. lines]
            : lines.Skip(next - record.First);
    }
}
