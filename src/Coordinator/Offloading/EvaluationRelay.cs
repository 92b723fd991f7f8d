using System.Collections.Concurrent;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Offloading;

/// <summary>
/// Passes tokens and velocities of guided steps between a worker and the one that helps it, as files on the blob store's
/// disk. Of each direction only the newest is kept, and nothing once the help is over. Safe for concurrent use.
/// </summary>
/// <param name="store">Where files lie meanwhile.</param>
public sealed class EvaluationRelay(BlobStore store) : IDisposable
{
    private readonly ConcurrentDictionary<OffloadAddress, Exchange> _open = new();

    /// <summary>Begins to relay for a help.</summary>
    public void Open(OffloadAddress offload) => _open.TryAdd(offload, new Exchange());

    /// <summary>Ends it: files are gone, and who waits learns that nothing comes any more.</summary>
    /// <returns>Steps whose velocities were relayed.</returns>
    public int Close(OffloadAddress offload)
    {
        if (!_open.TryRemove(offload, out var exchange))
            return 0;
        exchange.Dispose();
        return exchange[OffloadDirection.Velocities].Count;
    }

    /// <summary>Takes what one of the two sends.</summary>
    /// <param name="offload">The help.</param>
    /// <param name="direction">Who sends it.</param>
    /// <param name="step">The step's index.</param>
    /// <param name="evaluations">How many of its passes it is about.</param>
    /// <param name="content">The file.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    /// <param name="length">The file's length; null when it is not known.</param>
    /// <returns>False when the help is over.</returns>
    /// <exception cref="StorageException">The coordinator's disk is full.</exception>
    public async Task<bool> Put(
        OffloadAddress offload, OffloadDirection direction, int step, int evaluations, Stream content, CancellationToken cancellationToken,
        long? length = null)
    {
        if (!_open.TryGetValue(offload, out var exchange))
            return false;
        var file = store.NewFile();
        try
        {
            await store.Receive(content, file, cancellationToken, length);
            return exchange[direction].Put(step, evaluations, file);
        }
        catch
        {
            File.Delete(file);
            throw;
        }
    }

    /// <summary>Waits for a step later than <paramref name="after"/>.</summary>
    /// <param name="offload">The help.</param>
    /// <param name="direction">Who sends it.</param>
    /// <param name="after">Index of the last step that is known; -1 for none.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The open file; null when the help is over.</returns>
    public async Task<RelayedStep?> Next(
        OffloadAddress offload, OffloadDirection direction, int after, CancellationToken cancellationToken) =>
        _open.TryGetValue(offload, out var exchange) ? await exchange[direction].Next(after, cancellationToken) : null;

    /// <summary>Ends all that is relayed.</summary>
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

        public async Task<RelayedStep?> Next(int after, CancellationToken cancellationToken)
        {
            while (true)
            {
                Task changed;
                lock (_gate)
                {
                    if (_isOver)
                        return null;
                    // Opened under the lock: the file may be deleted afterwards, and is still read to its end.
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

/// <summary>A file of a step, on its way.</summary>
/// <param name="Step">The step's index.</param>
/// <param name="Evaluations">How many of its passes it is about.</param>
/// <param name="Content">The file; whoever gets it closes it.</param>
public sealed record RelayedStep(int Step, int Evaluations, Stream Content);
