using System.Text;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Text;

namespace MlxVideo.Worker.Node;

/// <summary>
/// The log lines of an attempt until they are sent. Its memory, and what is sent altogether, are limited: of a long log, the first and the
/// last lines are sent. Thread-safe.
/// </summary>
public sealed class AttemptLogBuffer(TimeProvider time)
{
    /// <summary>Number of lines after which only the last ones are sent, at the end of the attempt.</summary>
    internal const int MaxSent = 500;

    /// <summary>Maximum number of unsent lines, of which older ones are dropped.</summary>
    internal const int MaxUnsent = 100;

    /// <summary>Maximum size of a message's lines; far below that of a message.</summary>
    private const int MaxMessageBytes = 32_000;

    private readonly Queue<LogLine> _unsent = [];
    private int _written;
    private int _sent;

    /// <summary>Adds a line.</summary>
    public void Add(string text)
    {
        var line = new LogLine(time.GetUtcNow().ToUnixTimeMilliseconds(), PrintableText.Of(text, LogLine.MaxLength));
        lock (_unsent)
        {
            _written++;
            _unsent.Enqueue(line);
            if (_unsent.Count > MaxUnsent)
                _unsent.Dequeue();
        }
    }

    /// <summary>Removes the next lines and returns them as a message; null when there are none to send yet.</summary>
    /// <param name="isEnd">True at the end of the attempt.</param>
    public AttemptLog? Take(AttemptAddress attempt, bool isEnd)
    {
        lock (_unsent)
        {
            if (_unsent.Count == 0 || (!isEnd && _sent >= MaxSent))
                return null;
            var (first, lines, bytes) = (_written - _unsent.Count + 1, new List<LogLine>(), 0);
            while (_unsent.TryPeek(out var next) && (lines.Count == 0 || bytes + Encoding.UTF8.GetByteCount(next.Text) <= MaxMessageBytes))
            {
                bytes += Encoding.UTF8.GetByteCount(next.Text);
                lines.Add(_unsent.Dequeue());
            }

            _sent += lines.Count;
            return new AttemptLog(attempt, first, lines);
        }
    }
}
