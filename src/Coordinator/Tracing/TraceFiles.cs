using System.Text;
using System.Threading.Channels;
using MlxVideo.Coordinator.Logging;
using MlxVideo.Farm.Traces;

namespace MlxVideo.Coordinator.Tracing;

/// <summary>
/// Writes one trace file per batch, off the caller's thread and in the caller's order. A trace that can't be written is abandoned with one
/// warning, and the farm continues.
/// </summary>
public sealed class TraceFiles : IAsyncDisposable
{
    private readonly string _folder;
    private readonly ILogger<TraceFiles> _log;
    private readonly Channel<(string Batch, TraceLine? Line)> _lines =
        Channel.CreateUnbounded<(string, TraceLine?)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<string, StreamWriter> _open = new(StringComparer.Ordinal);
    private readonly Task _writing;

    /// <param name="folder">Folder of the trace files; created with the first file.</param>
    public TraceFiles(string folder, ILogger<TraceFiles> log)
    {
        (_folder, _log) = (folder, log);
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>Adds a line to a batch's trace. The first line creates the file, and the last one closes it.</summary>
    public void Write(string batch, TraceLine line) => _lines.Writer.TryWrite((batch, line));

    /// <summary>Opens the trace of a batch that an earlier process began; a line that it did not finish is removed.</summary>
    public void Continue(string batch) => _lines.Writer.TryWrite((batch, null));

    /// <summary>Writes the remaining lines and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writing;
    }

    private async Task WriteAllAsync()
    {
        while (await _lines.Reader.WaitToReadAsync())
        {
            while (_lines.Reader.TryRead(out var next))
                Guard(next.Batch, () => Append(next.Batch, next.Line));
            // The queue is empty. Flush, to preserve all events up to here if the coordinator is killed.
            foreach (var batch in _open.Keys.ToList())
                Guard(batch, _open[batch].Flush);
        }

        foreach (var batch in _open.Keys.ToList())
            Guard(batch, () => Close(batch));
    }

    /// <param name="line">The line; null to open an existing file.</param>
    private void Append(string batch, TraceLine? line)
    {
        if (line is TraceLines.BatchSubmitted)
        {
            Directory.CreateDirectory(_folder);
            _open[batch] = WriterOf(new FileStream(PathOf(batch), FileMode.Create, FileAccess.Write, FileShare.Read));
        }
        else if (line is null && File.Exists(PathOf(batch)))
            _open[batch] = WriterOf(OpenAtLastLine(PathOf(batch)));

        if (line is null || !_open.TryGetValue(batch, out var writer))
            return; // the trace was abandoned
        writer.WriteLine(BatchTrace.Write(line));
        if (line is TraceLines.BatchEnded)
            Close(batch);
    }

    private static FileStream OpenAtLastLine(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        for (file.Position = file.Length; file.Position > 0; file.Position--)
        {
            file.Position--;
            if (file.ReadByte() == '\n')
                break;
        }

        file.SetLength(file.Position);
        return file;
    }

    private static StreamWriter WriterOf(FileStream file) =>
        new(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };

    private string PathOf(string batch) => Path.Combine(_folder, $"{batch}.jsonl");

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
        catch (Exception ex) // a trace failure, most likely a full disk, must not stop the farm
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
            // The buffered lines could not be written either; the file is closed nevertheless.
        }
    }
}
