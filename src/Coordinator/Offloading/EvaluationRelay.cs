using System.Collections.Concurrent;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Offloading;

/// <summary>
/// Relays tokens and velocities of guided steps between a worker and its helper, as files on the blob store's disk. Only the newest file of
/// each direction is kept, and none after the offload has ended. Safe for concurrent use.
/// </summary>
public sealed class EvaluationRelay(BlobStore store) : IDisposable
{
    private readonly ConcurrentDictionary<OffloadAddress, Exchange> _open = new();

    /// <summary>Starts relaying for an offload.</summary>
    public void Open(OffloadAddress offload) => _open.TryAdd(offload, new Exchange());

    /// <summary>
    /// Stops relaying for an offload: deletes its files and completes pending calls of <see cref="NextAsync"/> with null.
    /// </summary>
    /// <returns>The number of steps with relayed velocities.</returns>
    public int Close(OffloadAddress offload)
    {
        if (!_open.TryRemove(offload, out var exchange))
            return 0;
        exchange.Dispose();
        return exchange[OffloadDirection.Velocities].Count;
    }

    /// <summary>Receives a step's file from one of the two workers.</summary>
    /// <param name="direction">Identifies the sender.</param>
    /// <param name="evaluations">Number of the step's transformer evaluations that the file covers.</param>
    /// <param name="length">Length of the file in bytes; null when unknown.</param>
    /// <returns>False when the offload has ended.</returns>
    /// <exception cref="StorageException">The coordinator's disk is full.</exception>
    public async Task<bool> PutAsync(
        OffloadAddress offload, OffloadDirection direction, int step, int evaluations, Stream content, CancellationToken cancellationToken,
        long? length = null)
    {
        if (!_open.TryGetValue(offload, out var exchange))
            return false;
        var file = store.NewFile();
        try
        {
            await store.ReceiveAsync(content, file, cancellationToken, length);
            return exchange[direction].Put(step, evaluations, file);
        }
        catch
        {
            File.Delete(file);
            throw;
        }
    }

    /// <summary>Waits for a step later than <paramref name="after"/>.</summary>
    /// <param name="direction">Identifies the sender.</param>
    /// <param name="after">Index of the last known step; -1 for none.</param>
    /// <returns>The step with its open file; null when the offload has ended.</returns>
    public async Task<RelayedStep?> NextAsync(
        OffloadAddress offload, OffloadDirection direction, int after, CancellationToken cancellationToken) =>
        _open.TryGetValue(offload, out var exchange) ? await exchange[direction].NextAsync(after, cancellationToken) : null;

    /// <summary>Stops relaying for all offloads.</summary>
    public void CloseAll()
    {
        foreach (var offload in _open.Keys)
            Close(offload);
    }

    /// <inheritdoc/>
    public void Dispose() => CloseAll();

    private sealed class Exchange : IDisposable
    {
        private readonly Mailbox _tokens = new();
        private readonly Mailbox _velocities = new();

        public Mailbox this[OffloadDirection direction] => direction == OffloadDirection.Tokens ? _tokens : _velocities;

        public void Dispose()
        {
            _tokens.Dispose();
            _velocities.Dispose();
        }
    }

    /// <summary>The newest file of one direction.</summary>
    private sealed class Mailbox : IDisposable
    {
        private readonly Lock _gate = new();
        private TaskCompletionSource _changed = NewSignal();
        private (int Step, int Evaluations, string File)? _latest;
        private bool _isOver;

        public int Count { get; private set; }

        public bool Put(int step, int evaluations, string file)
        {
            lock (_gate)
            {
                if (_isOver || _latest?.Step >= step)
                {
                    File.Delete(file);
                    return !_isOver;
                }

                Forget();
                _latest = (step, evaluations, file);
                Count++;
                Signal();
                return true;
            }
        }

        public async Task<RelayedStep?> NextAsync(int after, CancellationToken cancellationToken)
        {
            while (true)
            {
                Task changed;
                lock (_gate)
                {
                    if (_isOver)
                        return null;
                    // Opened under the lock: the file may be deleted later but can still be read to its end.
                    if (_latest is { } latest && latest.Step > after)
                        return new RelayedStep(
                            latest.Step, latest.Evaluations,
                            new FileStream(latest.File, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete));
                    changed = _changed.Task;
                }

                await changed.WaitAsync(cancellationToken);
            }
        }

        public void Dispose()
        {
            lock (_gate)
            {
                _isOver = true;
                Forget();
                Signal();
            }
        }

        private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

        private void Forget()
        {
            if (_latest is { } latest)
                File.Delete(latest.File);
            _latest = null;
        }

        private void Signal()
        {
            _changed.SetResult();
            _changed = NewSignal();
        }
    }
}

/// <summary>A step's file in transit.</summary>
/// <param name="Evaluations">Number of the step's transformer evaluations that the file covers.</param>
/// <param name="Content">The open file; the receiver disposes it.</param>
public sealed record RelayedStep(int Step, int Evaluations, Stream Content);
