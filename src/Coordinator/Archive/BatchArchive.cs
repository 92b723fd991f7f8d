using System.Collections.Concurrent;
using System.Text.Json;
using LinqToDB;
using LinqToDB.Async;
using LinqToDB.Data;
using MlxVideo.Coordinator.Persistence;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Json;

namespace MlxVideo.Coordinator.Archive;

/// <summary>
/// The ended batches, in the coordinator's database: they take no memory, and can be listed, shown and collected. Thread-safe; all work is
/// done off the caller's thread, because SQLite's provider blocks.
/// </summary>
public sealed class BatchArchive : IAsyncDisposable
{
    private readonly FarmDatabase _database;
    private readonly ConcurrentDictionary<Task, bool> _running = new();

    /// <summary>Opens the archive, creating its tables if necessary.</summary>
    public BatchArchive(FarmDatabase database)
    {
        _database = database;
        using var connection = database.Connect();
        connection.CreateTable<BatchRow>(tableOptions: TableOptions.CreateIfNotExists);
        connection.CreateTable<ResultRow>(tableOptions: TableOptions.CreateIfNotExists);
        connection.CreateTable<BatchStateRow>(tableOptions: TableOptions.CreateIfNotExists);
    }

    /// <summary>Stores an ended batch; storing it again changes nothing.</summary>
    public Task SaveAsync(
        BatchView view, DateTimeOffset submittedAt, DateTimeOffset endedAt, CancellationToken cancellationToken) =>
        SaveAsync(view, state: null, submittedAt, endedAt, cancellationToken);

    /// <summary>Stores an ended batch; storing it again changes nothing.</summary>
    /// <param name="state">Its state for <see cref="FindStateAsync"/>; null when it can't be restored.</param>
    public Task SaveAsync(
        BatchView view, byte[]? state, DateTimeOffset submittedAt, DateTimeOffset endedAt, CancellationToken cancellationToken) =>
        RunAsync(async connection =>
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.GetTable<ResultRow>().DeleteAsync(result => result.Batch == view.Id, cancellationToken);
        await connection.InsertOrReplaceAsync(
            new BatchRow
            {
                Id = view.Id,
                SubmittedAt = submittedAt.UtcTicks,
                EndedAt = endedAt.UtcTicks,
                Finished = view.Clips.Count(clip => clip.State == ClipState.Finished),
                Failed = view.Clips.Count(clip => clip.State == ClipState.Failed),
                Cancelled = view.Clips.Count(clip => clip.State == ClipState.Cancelled),
                View = JsonSerializer.Serialize(view, FarmJson.Options),
            },
            token: cancellationToken);
        if (state is not null)
            await connection.InsertOrReplaceAsync(new BatchStateRow { Batch = view.Id, State = state }, token: cancellationToken);
        await connection.GetTable<ResultRow>().BulkCopyAsync(
            view.Clips.Where(clip => clip.Clip is not null).Select(clip => new ResultRow
            {
                Batch = view.Id,
                Row = clip.Row,
                Digest = clip.Clip!.Digest,
                Length = clip.Clip.Length,
                EndedAt = endedAt.UtcTicks,
            }),
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }, cancellationToken);

    /// <summary>Returns the final view of a batch; null when it is not in the archive.</summary>
    public Task<BatchView?> FindAsync(string id, CancellationToken cancellationToken) => RunAsync(async connection =>
    {
        var view = await connection.GetTable<BatchRow>().Where(batch => batch.Id == id).Select(batch => batch.View)
            .FirstOrDefaultAsync(cancellationToken);
        return view is null ? null : JsonSerializer.Deserialize<BatchView>(view, FarmJson.Options);
    }, cancellationToken);

    /// <summary>Returns whether a batch is in the archive.</summary>
    public Task<bool> ContainsAsync(string id, CancellationToken cancellationToken) => RunAsync(
        connection => connection.GetTable<BatchRow>().AnyAsync(batch => batch.Id == id, cancellationToken), cancellationToken);

    /// <summary>Returns the state of a batch; null when it is not in the archive, or was archived without its state.</summary>
    public Task<byte[]?> FindStateAsync(string id, CancellationToken cancellationToken) => RunAsync(
        connection => connection.GetTable<BatchStateRow>().Where(batch => batch.Batch == id).Select(batch => batch.State)
            .FirstOrDefaultAsync(cancellationToken),
        cancellationToken);

    /// <summary>Returns summaries of all batches, in the order of submission.</summary>
    public Task<IReadOnlyList<BatchSummary>> ListAsync(CancellationToken cancellationToken) => RunAsync(async connection =>
    {
        var rows = await connection.GetTable<BatchRow>().OrderBy(batch => batch.SubmittedAt)
            .Select(batch => new { batch.Id, batch.SubmittedAt, batch.EndedAt, batch.Finished, batch.Failed, batch.Cancelled })
            .ToListAsync(cancellationToken);
        return (IReadOnlyList<BatchSummary>)rows.Select(batch => new BatchSummary(
            batch.Id, BatchState.Ended, TimeOf(batch.SubmittedAt), TimeOf(batch.EndedAt),
            new ClipCounts(0, 0, batch.Finished, batch.Failed, batch.Cancelled))).ToList();
    }, cancellationToken);

    /// <summary>Returns the kept results, newest first.</summary>
    public Task<IReadOnlyList<KeptResult>> ResultsAsync(CancellationToken cancellationToken) => RunAsync(async connection =>
    {
        // A total order: which clips of a batch are kept must not change from one query to the next.
        var rows = await connection.GetTable<ResultRow>().OrderByDescending(result => result.EndedAt).ThenBy(result => result.Batch)
            .ThenBy(result => result.Row).ToListAsync(cancellationToken);
        return (IReadOnlyList<KeptResult>)rows.Select(result => new KeptResult(
            result.Batch, result.Row, new BlobRef(result.Digest, result.Length), TimeOf(result.EndedAt))).ToList();
    }, cancellationToken);

    /// <summary>Returns what the removal of a batch deletes; null when it is not in the archive.</summary>
    public Task<RemovedBatch?> MeasureAsync(string id, CancellationToken cancellationToken) =>
        RunAsync(connection => MeasureAsync(connection, id, cancellationToken), cancellationToken);

    /// <summary>Removes a batch, whose clips are no longer kept then.</summary>
    /// <returns>What was removed; null when the batch is not in the archive.</returns>
    public Task<RemovedBatch?> DeleteAsync(string id, CancellationToken cancellationToken) => RunAsync(async connection =>
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var removed = await MeasureAsync(connection, id, cancellationToken);
        await connection.GetTable<ResultRow>().DeleteAsync(result => result.Batch == id, cancellationToken);
        await connection.GetTable<BatchStateRow>().DeleteAsync(batch => batch.Batch == id, cancellationToken);
        await connection.GetTable<BatchRow>().DeleteAsync(batch => batch.Id == id, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return removed;
    }, cancellationToken);

    private static async Task<RemovedBatch?> MeasureAsync(DataConnection connection, string id, CancellationToken cancellationToken)
    {
        if (!await connection.GetTable<BatchRow>().AnyAsync(batch => batch.Id == id, cancellationToken))
            return null;
        var results = await connection.GetTable<ResultRow>().Where(result => result.Batch == id)
            .Select(result => new { result.Digest, result.Length }).ToListAsync(cancellationToken);
        // Clips with equal content share a blob.
        return new RemovedBatch(id, results.Count, results.DistinctBy(result => result.Digest).Sum(result => result.Length));
    }

    /// <summary>Stops keeping results; the views of their batches stay.</summary>
    public Task ForgetAsync(IReadOnlyList<KeptResult> results, CancellationToken cancellationToken) => RunAsync(async connection =>
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        foreach (var (batch, row) in results.Select(result => (result.Batch, result.Row)))
            await connection.GetTable<ResultRow>().DeleteAsync(kept => kept.Batch == batch && kept.Row == row, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }, cancellationToken);

    /// <summary>Waits until the database is no longer in use; the archive must not be used afterwards.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_running.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private Task<T> RunAsync<T>(Func<DataConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        var running = Task.Run(
            async () =>
            {
                await using var connection = _database.Connect();
                return await work(connection);
            },
            cancellationToken);
        _running[running] = true;
        running.ContinueWith(ended => _running.TryRemove(ended, out _), TaskScheduler.Default);
        return running;
    }

    private static DateTimeOffset TimeOf(long ticks) => new(ticks, TimeSpan.Zero);
}

/// <summary>A finished clip of an ended batch.</summary>
public sealed record KeptResult(string Batch, int Row, BlobRef Clip, DateTimeOffset EndedAt);
