namespace MlxVideo.Coordinator.Logs;

/// <summary>Tells a reader which rows of a batch have new log records. Its size is limited by the number of rows. Thread-safe.</summary>
/// <param name="end">Called when it is disposed of.</param>
internal sealed class LogFollower(string batch, Action<LogFollower> end) : IDisposable
{
    private readonly Lock _gate = new();
    private HashSet<int> _rows = [];
    private bool _hasEnded;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The batch.</summary>
    public string Batch => batch;

    /// <summary>Records a change.</summary>
    /// <param name="row">The row; null for the end of the batch.</param>
    public void Changed(int? row)
    {
        lock (_gate)
        {
            if (row is { } changed)
                _rows.Add(changed);
            else
                _hasEnded = true;
            _changed.TrySetResult();
        }
    }

    /// <summary>Waits for changes and returns the changed rows, and whether the batch has ended.</summary>
    public async Task<(IReadOnlyCollection<int> Rows, bool HasEnded)> NextAsync(CancellationToken cancellationToken)
    {
        Task changed;
        lock (_gate)
            changed = _changed.Task;
        await changed.WaitAsync(cancellationToken);
        lock (_gate)
        {
            var rows = _rows;
            (_rows, _changed) = ([], new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            return (rows, _hasEnded);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => end(this);
}
