using System.Globalization;
using System.Threading.Channels;
using MlxVideo.Coordinator.Logging;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Text;

namespace MlxVideo.Coordinator.Logs;

/// <summary>
/// The logs of attempts, in a folder per batch and a file per row. A task of its own writes them: the farm never waits for the disk, and
/// what can't be written is left out. Text of workers becomes printable lines of limited length. Thread-safe.
/// </summary>
public sealed class AttemptLogFiles : IAsyncDisposable
{
    /// <summary>Size of a row's file from which no more lines are added, only the starts and ends of attempts.</summary>
    internal const long MaxRowBytes = 4L << 20;

    /// <summary>Number of lines that wait for the disk, from which no more are added.</summary>
    internal const int MaxQueuedLines = 20_000;

    /// <summary>
    /// Total size from which the logs of the oldest ended batches are deleted. If there are none, no more lines are added, only the starts
    /// and ends of attempts.
    /// </summary>
    private const long MaxTotalBytes = 1L << 30;

    private const int MaxErrorLength = 2000;
    private const string Extension = ".jsonl";

    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly ILogger<AttemptLogFiles> _log;
    private readonly LogSpace _space;

    // Unbounded, because followers and readers rely on each start, end and removal; of lines, only a limited number is added.
    private readonly Channel<Entry> _entries = Channel.CreateUnbounded<Entry>(new UnboundedChannelOptions { SingleReader = true });
    private readonly HashSet<LogFollower> _followers = [];
    private readonly Task _writing;
    private int _queuedLines;
    private bool _isFailing;

    /// <param name="folder">Folder of the logs; created with the first file.</param>
    public AttemptLogFiles(string folder, TimeProvider time, ILogger<AttemptLogFiles> log)
        : this(folder, time, log, MaxTotalBytes)
    {
    }

    internal AttemptLogFiles(string folder, TimeProvider time, ILogger<AttemptLogFiles> log, long maxTotalBytes)
    {
        (_folder, _time, _log, _space) = (folder, time, log, new LogSpace(folder, maxTotalBytes));
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>Records that an attempt started.</summary>
    public void Begin(AttemptAddress attempt, string worker) => Write(attempt, RecordOf(attempt) with { Worker = worker });

    /// <summary>Records that an attempt ended or, with <see cref="AttemptState.Running"/>, was resumed.</summary>
    /// <param name="error">Why it failed, of which one line is kept.</param>
    public void Change(AttemptAddress attempt, AttemptState state, string? error = null) => Write(attempt, RecordOf(attempt) with
    {
        State = state,
        Error = error is null ? null : PrintableText.Of(error, MaxErrorLength),
    });

    /// <summary>Adds lines of an attempt, unless too many wait for the disk.</summary>
    public void Add(AttemptLog log)
    {
        if (log.Lines.Count == 0 || Volatile.Read(ref _queuedLines) >= MaxQueuedLines)
            return;
        Interlocked.Add(ref _queuedLines, log.Lines.Count);
        Write(log.Attempt, RecordOf(log.Attempt) with
        {
            First = log.First,
            Lines = log.Lines
                .Select(line => new AttemptLogLine(TimeOf(line.AtMs), PrintableText.Of(line.Text, LogLine.MaxLength))).ToList(),
        });
    }

    /// <summary>Records that a batch has ended, which ends its followers.</summary>
    public void End(string batch) => _entries.Writer.TryWrite(new Entry(batch, 0, null, IsRemoval: false));

    /// <summary>Deletes the logs of a batch.</summary>
    public void Remove(string batch) => _entries.Writer.TryWrite(new Entry(batch, 0, null, IsRemoval: true));

    /// <summary>Follows a batch from now on; the caller disposes of the follower.</summary>
    internal LogFollower Follow(string batch)
    {
        var follower = new LogFollower(batch, Unfollow);
        lock (_followers)
            _followers.Add(follower);
        return follower;
    }

    /// <summary>Returns the rows of a batch that have a log.</summary>
    internal IReadOnlyList<int> RowsOf(string batch)
    {
        var folder = new DirectoryInfo(Path.Combine(_folder, batch));
        return !folder.Exists
            ? []
            : folder.EnumerateFiles($"*{Extension}")
                .Select(file => Path.GetFileNameWithoutExtension(file.Name))
                .Select(name => int.TryParse(name, CultureInfo.InvariantCulture, out var row) ? row : 0)
                .Where(row => row > 0).Order().ToList();
    }

    /// <summary>Reads the complete records of a row from a position, which it advances.</summary>
    internal IReadOnlyList<LogRecord> Read(string batch, int row, ref long position)
    {
        try
        {
            using var file = new FileStream(PathOf(batch, row), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = Math.Min(position, file.Length);
            var bytes = new byte[file.Length - file.Position];
            file.ReadExactly(bytes);
            var end = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
            position = file.Position - bytes.Length + end;
            return LogFormat.Parse(bytes.AsSpan(0, end));
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            return []; // removed meanwhile
        }
    }

    /// <summary>Writes what was added so far.</summary>
    public async ValueTask DisposeAsync()
    {
        _entries.Writer.TryComplete();
        await _writing;
    }

    private static DateTimeOffset TimeOf(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(
        milliseconds, DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));

    private LogRecord RecordOf(AttemptAddress attempt) => new(attempt.Stage.StageId, attempt.Number, _time.GetUtcNow());

    private void Write(AttemptAddress attempt, LogRecord record) =>
        _entries.Writer.TryWrite(new Entry(attempt.Stage.Batch, attempt.Stage.Row, record, IsRemoval: false));

    private void Unfollow(LogFollower follower)
    {
        lock (_followers)
            _followers.Remove(follower);
    }

    private string PathOf(string batch, int row) =>
        Path.Combine(_folder, batch, row.ToString(CultureInfo.InvariantCulture) + Extension);

    private async Task WriteAllAsync()
    {
        Guard(_space.Scan);
        while (await _entries.Reader.WaitToReadAsync())
        {
            while (_entries.Reader.TryRead(out var entry))
            {
                Interlocked.Add(ref _queuedLines, -(entry.Record?.Lines?.Count ?? 0));
                Guard(() => Carry(entry));
                TellFollowers(entry);
            }
        }
    }

    private void Guard(Action work)
    {
        try
        {
            work();
            _isFailing = false;
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException) // most likely a full disk
        {
            if (!_isFailing)
                _log.AttemptLogFailed(ex.Message);
            _isFailing = true;
        }
    }

    private void TellFollowers(Entry entry)
    {
        lock (_followers)
        {
            foreach (var follower in _followers.Where(follower => follower.Batch == entry.Batch))
                follower.Changed(entry.Record is null ? null : entry.Row);
        }
    }

    private void Carry(Entry entry)
    {
        if (entry.Record is { } record)
            Append(entry.Batch, PathOf(entry.Batch, entry.Row), record);
        else if (entry.IsRemoval)
            _space.Delete(entry.Batch);
        else
            _space.End(entry.Batch);
    }

    private void Append(string batch, string path, LogRecord record)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (file.Length >= MaxRowBytes && record.Lines is not null)
            return;
        var text = LogFormat.Write(record, EndsAtLine(file));
        if (!_space.MakeRoom(batch, text.Length) && record.Lines is not null)
            return;
        file.Seek(0, SeekOrigin.End);
        file.Write(text);
        file.Flush();
        _space.Count(batch, text.Length);
    }

    /// <summary>False after a process that was killed while it wrote a record.</summary>
    private static bool EndsAtLine(FileStream file)
    {
        if (file.Length == 0)
            return true;
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() == '\n';
    }

    /// <param name="Record">What to add to the row's file; null for the end of the batch or its removal.</param>
    private sealed record Entry(string Batch, int Row, LogRecord? Record, bool IsRemoval);
}
