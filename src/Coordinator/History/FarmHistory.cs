using System.Runtime.CompilerServices;
using System.Threading.Channels;
using LinqToDB;
using LinqToDB.Async;
using LinqToDB.Data;
using MlxVideo.Coordinator.Logging;
using MlxVideo.Coordinator.Persistence;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Text;

namespace MlxVideo.Coordinator.History;

/// <summary>
/// The latest events of the farm, for its operators. They are in memory, and a task of its own stores them in the database, from which the
/// next process continues; the farm never waits for it. Thread-safe.
/// </summary>
public sealed class FarmHistory : IAsyncDisposable
{
    /// <summary>Number of events that are kept.</summary>
    internal const int MaxEvents = 5000;

    /// <summary>Number of events after which older ones are deleted from the database.</summary>
    internal const int TrimInterval = 100;

    private const int MaxText = 2000;
    private static readonly TimeSpan PauseBeforeRetry = TimeSpan.FromSeconds(5);

    private readonly FarmDatabase _database;
    private readonly TimeProvider _time;
    private readonly ILogger<FarmHistory> _log;
    private readonly Lock _gate = new();
    private readonly Queue<FarmEventView> _events;
    private readonly Channel<FarmEventView> _unsaved = Channel.CreateBounded<FarmEventView>(
        new BoundedChannelOptions(MaxEvents) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _saving;
    private TaskCompletionSource _added = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastId;

    /// <summary>Reads the events of earlier processes, creating the table if necessary.</summary>
    public FarmHistory(FarmDatabase database, TimeProvider time, ILogger<FarmHistory> log)
    {
        (_database, _time, _log) = (database, time, log);
        using var connection = database.Connect();
        connection.CreateTable<EventRow>(tableOptions: TableOptions.CreateIfNotExists);
        var rows = connection.GetTable<EventRow>().OrderByDescending(row => row.Id).Take(MaxEvents).ToList();
        _lastId = rows.FirstOrDefault()?.Id ?? 0;
        _events = new Queue<FarmEventView>(rows.AsEnumerable().Reverse().Select(row => row.ToView()).OfType<FarmEventView>());
        _saving = Task.Run(SaveAllAsync);
    }

    /// <summary>Adds an event, with the next id and the present time. Its text becomes one line: parts of it come from workers.</summary>
    public void Add(FarmEventView happened)
    {
        TaskCompletionSource added;
        lock (_gate)
        {
            happened = happened with
            {
                Id = ++_lastId,
                At = _time.GetUtcNow(),
                Text = PrintableText.Of(happened.Text, MaxText),
            };
            _events.Enqueue(happened);
            if (_events.Count > MaxEvents)
                _events.Dequeue();
            _unsaved.Writer.TryWrite(happened);
            (added, _added) = (_added, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        added.SetResult();
    }

    /// <summary>Returns the newest events, the newest last.</summary>
    /// <param name="since">Only events from this time on; null for all.</param>
    /// <param name="limit">Maximum number of events.</param>
    public IReadOnlyList<FarmEventView> Read(DateTimeOffset? since, int limit)
    {
        lock (_gate)
            return _events.Where(happened => since is null || happened.At >= since).TakeLast(limit).ToList();
    }

    /// <summary>Returns the newest events, then each new one, without an end.</summary>
    public async IAsyncEnumerable<FarmEventView> FollowAsync(
        DateTimeOffset? since, int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long seen;
        IReadOnlyList<FarmEventView> present;
        lock (_gate)
            (seen, present) = (_lastId, Read(since, limit));
        while (true)
        {
            foreach (var happened in present)
                yield return happened;
            Task added;
            lock (_gate)
            {
                present = _events.Where(happened => happened.Id > seen).ToList();
                (seen, added) = (_lastId, _added.Task);
            }

            if (present.Count == 0)
                await added.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Stores the remaining events.</summary>
    public async ValueTask DisposeAsync()
    {
        _unsaved.Writer.TryComplete();
        await _stopping.CancelAsync();
        await _saving;
        _stopping.Dispose();
    }

    private async Task SaveAllAsync()
    {
        var isFailing = false;
        while (await _unsaved.Reader.WaitToReadAsync())
        {
            var events = new List<FarmEventView>();
            while (_unsaved.Reader.TryRead(out var happened))
                events.Add(happened);
            while (true)
            {
                try
                {
                    await SaveAsync(events);
                    isFailing = false;
                    break;
                }
                catch (Exception ex) // the database may be away; the farm waits for it as well
                {
                    if (!isFailing)
                        _log.HistoryFailed(DatabaseCondition.Reason(ex));
                    isFailing = true;
                }

                if (_stopping.IsCancellationRequested)
                    break;
                await Task.Delay(PauseBeforeRetry, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task SaveAsync(IReadOnlyList<FarmEventView> events)
    {
        await using var connection = _database.Connect();
        await using var transaction = await connection.BeginTransactionAsync();
        var (first, last) = (events[0].Id, events[^1].Id);
        // An earlier try may have been stored although it seemed to fail.
        await connection.GetTable<EventRow>().DeleteAsync(row => row.Id >= first);
        await connection.GetTable<EventRow>().BulkCopyAsync(events.Select(EventRow.Of));
        if (first / TrimInterval != (last + 1) / TrimInterval)
            await connection.GetTable<EventRow>().DeleteAsync(row => row.Id <= last - MaxEvents);
        await transaction.CommitAsync();
    }
}
