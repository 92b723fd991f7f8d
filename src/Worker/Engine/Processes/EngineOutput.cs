using System.Text;

namespace MlxVideo.Worker.Engine.Processes;

/// <summary>Copies the output of an engine process to the worker's log, and remembers its last lines. Thread-safe.</summary>
/// <param name="log">Receives each line.</param>
public sealed class EngineOutput(Action<string> log)
{
    private const int MaxLines = 30;
    private const int MaxLineLength = 1000;
    private const int MaxSummaryLength = 1500;

    private readonly Queue<string> _lines = [];

    /// <summary>The last lines in one line of text, shortened in the middle; empty when there were none.</summary>
    public string Summary
    {
        get
        {
            string text;
            lock (_lines)
                text = string.Join(" | ", _lines.Where(line => line.Length > 0));
            // A native library gives the reason of an abort first, the runtime last.
            return text.Length <= MaxSummaryLength ? text : $"{text[..(MaxSummaryLength / 2)]} … {text[^(MaxSummaryLength / 2)..]}";
        }
    }

    /// <summary>Reads to the end. Lines are cut to a maximum length.</summary>
    public async Task CopyAsync(TextReader reader)
    {
        var (buffer, line) = (new char[1024], new StringBuilder());
        try
        {
            while (await reader.ReadAsync(buffer) is > 0 and var count)
                Take(buffer.AsSpan(0, count), line);
        }
        catch (IOException)
        {
            // The process has ended.
        }

        if (line.Length > 0)
            Add(line.ToString());
    }

    private void Take(ReadOnlySpan<char> text, StringBuilder line)
    {
        foreach (var character in text)
        {
            if (character == '\n')
            {
                Add(line.ToString());
                line.Clear();
            }
            else if (line.Length < MaxLineLength)
                line.Append(character);
        }
    }

    private void Add(string line)
    {
        var trimmed = line.TrimEnd();
        log(trimmed);
        lock (_lines)
        {
            _lines.Enqueue(trimmed);
            if (_lines.Count > MaxLines)
                _lines.Dequeue();
        }
    }
}
