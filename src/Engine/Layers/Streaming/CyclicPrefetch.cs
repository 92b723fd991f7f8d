using System.Runtime.ExceptionServices;

namespace MlxVideo.Engine.Layers.Streaming;

/// <summary>
/// Loads items 0, 1, … count − 1, and then cyclically from a given first item, ahead of their use on a background thread. At most a
/// window of items is in memory, counting both loaded items and items taken but not yet returned. <see cref="Take"/> and
/// <see cref="Return"/> must be called on one thread.
/// </summary>
/// <typeparam name="T">Type of the items; an item that is never taken is disposed.</typeparam>
public sealed class CyclicPrefetch<T> : IDisposable
    where T : class, IDisposable
{
    private readonly int _count;
    private readonly int _first;
    private readonly int _ahead;
    private readonly int _window;
    private readonly Func<int, T> _load;
    private readonly object _gate = new();
    private readonly Queue<Loaded> _ready = new();
    private readonly Thread _thread;
    private int _next;
    private int? _loading;
    private int _inMemory;
    private int _generation;
    private bool _faulted;
    private bool _stopping;

    /// <summary>Starts loading.</summary>
    /// <param name="window">Maximum number of items in memory; 1 loads each item only after the previous one was returned.</param>
    /// <param name="load">Loads an item; runs on the background thread, one call at a time.</param>
    /// <param name="ahead">Maximum number of items that are loaded or being loaded but not taken; a window by default.</param>
    /// <param name="first">First item of every later cycle; the items before it are taken once and kept by the caller.</param>
    public CyclicPrefetch(int count, int window, Func<int, T> load, int first = 0, int? ahead = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(first, count);
        (_count, _window, _load, _first, _ahead) = (count, window, load, first, ahead ?? window);
        _thread = new Thread(LoadAhead) { IsBackground = true, Name = "prefetch" };
        _thread.Start();
    }

    public int Count => _count;

    /// <summary>
    /// Waits for an item and transfers its ownership; <see cref="Return"/> frees its place in the window. Taking an item out of order (a
    /// new evaluation after an aborted one) discards the items loaded ahead.
    /// </summary>
    /// <exception cref="Exception">The item could not be loaded; taking it again retries.</exception>
    public T Take(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _count);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            if (ExpectedNext() != index)
                RestartAt(index);
            while (_ready.Count == 0)
                Monitor.Wait(_gate);
            var loaded = _ready.Dequeue();
            Monitor.PulseAll(_gate);
            if (loaded.Item is not null)
                return loaded.Item;
            RestartAt(index);
            loaded.Fault!.Throw();
            throw loaded.Fault.SourceException; // unreachable: the line above throws
        }
    }

    /// <summary>Reports that a taken item is no longer in memory.</summary>
    public void Return()
    {
        lock (_gate)
        {
            _inMemory--;
            Monitor.PulseAll(_gate);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
        Drop();
    }

    /// <summary>Returns the index of the first item in the queue or, when it is empty, of the current or next item to load.</summary>
    private int ExpectedNext() => _ready.TryPeek(out var first) ? first.Index : _loading ?? _next;

    private void RestartAt(int index)
    {
        Drop();
        _generation++;
        _next = index;
        _faulted = false;
        Monitor.PulseAll(_gate);
    }

    private void Drop()
    {
        while (_ready.TryDequeue(out var loaded))
        {
            if (loaded.Item is null)
                continue;
            loaded.Item.Dispose();
            _inMemory--;
        }
    }

    private void LoadAhead()
    {
        while (Begin() is var (index, generation))
        {
            T? item = null;
            ExceptionDispatchInfo? error = null;
            try
            {
                item = _load(index);
            }
            catch (Exception thrown)
            {
                error = ExceptionDispatchInfo.Capture(thrown); // rethrown on the thread that takes the item
            }

            End(new Loaded(index, item, error), generation);
        }
    }

    private (int Index, int Generation)? Begin()
    {
        lock (_gate)
        {
            while (!_stopping && (_inMemory >= _window || _ready.Count >= _ahead || _faulted))
                Monitor.Wait(_gate);
            if (_stopping)
                return null;
            var index = _next;
            (_next, _loading) = (index + 1 < _count ? index + 1 : _first, index);
            _inMemory++;
            return (index, _generation);
        }
    }

    private void End(Loaded loaded, int generation)
    {
        lock (_gate)
        {
            _loading = null;
            var isWanted = generation == _generation && !_stopping;
            if (!isWanted || loaded.Item is null)
                _inMemory--;
            if (isWanted)
            {
                _faulted = loaded.Fault is not null;
                _ready.Enqueue(loaded);
            }
            else
            {
                loaded.Item?.Dispose();
            }

            Monitor.PulseAll(_gate);
        }
    }

    private sealed record Loaded(int Index, T? Item, ExceptionDispatchInfo? Fault);
}
