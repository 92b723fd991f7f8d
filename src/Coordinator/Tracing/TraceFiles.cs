using System.Text;
using System.Threading.Channels;
using MlxVideo.Coordinator.Logging;
using MlxVideo.Farm.Traces;

namespace MlxVideo.Coordinator.Tracing;

/// <summary>
/// Writes batches' traces, a file for each, off the caller's thread and in the caller's order. A trace that can't be
/// written is given up with one warning; the farm goes on.
/// </summary>
public sealed class TraceFiles : IAsyncDisposable
{
    private readonly string _folder;
    private readonly ILogger<TraceFiles> _log;
    private readonly Channel<(string Batch, TraceLine Line)> _lines =
        Channel.CreateUnbounded<(string, TraceLine)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<string, StreamWriter> _open = new(StringComparer.Ordinal);
    private readonly Task _writing;

    /// <param name="folder">Where the files lie; made when the first is.</param>
    /// <param name="log">Where the warnings go.</param>
    public TraceFiles(string folder, ILogger<TraceFiles> log)
    {
        (_folder, _log) = (folder, log);
        _writing = Task.Run(WriteAll);
    }

    /// <summary>Adds a line to a batch's trace: its first one makes the file, its last one closes it.</summary>
    public void Write(string batch, TraceLine line) => _lines.Writer.TryWrite((batch, line));

    /// <summary>Writes what is left and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writing;
    }

    private async Task WriteAll()
    {
        while (await _lines.Reader.WaitToReadAsync())
        {
            while (_lines.Reader.TryRead(out var next))
                Guard(next.Batch, () => Append(next.Batch, next.Line));
            // Nothing more to do just now: a coordinator that is killed leaves what happened until here.
            foreach (var batch in _open.Keys.ToList())
                Guard(batch, _open[batch].Flush);
        }

        foreach (var batch in _open.Keys.ToList())
            Guard(batch, () => Close(batch));
    }

    private void Append(string batch, TraceLine line)
    {
        if (line is TraceLines.BatchBegan)
        {
            Directory.CreateDirectory(_folder);
            var file = new FileStream(Path.Combine(_folder, $"{batch}.jsonl"), FileMode.Create, FileAccess.Write, FileShare.Read);
            _open[batch] = new StreamWriter(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
        }

        if (!_open.TryGetValue(batch, out var writer))
            return; // it was given up
        writer.WriteLine(BatchTrace.Write(line));
        if (line is TraceLines.BatchEnded)
            Close(batch);
    }

    private void Close(string batch)
    {
        _open.Remove(batch, out var writer);
        writer?.Dispose();
    }

    private void Guard(string batch, Action write)
    {
        try
        {
            write();
        }
        catch (Exception ex) // whatever is wrong with a trace, a full disk most likely, is no reason to stop
        {
            _log.TraceGivenUp(batch, ex.Message);
            GiveUp(batch);
        }
    }

    private void GiveUp(string batch)
    {
        try
        {
            Close(batch);
        }
        catch (IOException)
        {
            // What it still held could not be written either; the file is closed all the same.
        }
    }
}
