namespace MlxVideo.Worker.Node;

/// <summary>Membership of one cluster node in the farm, signalled by actors and awaited by the host.</summary>
/// <param name="revocations">Receives the serial numbers of revoked certificates; null for a farm without certificates.</param>
public sealed class SessionSignals(Action<IReadOnlyCollection<string>>? revocations = null)
{
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the coordinator has accepted the worker.</summary>
    public Task Joined => _joined.Task;

    /// <summary>
    /// Completes with the reason when the farm is lost; fails with <see cref="FarmRefusalException"/> when the coordinator refuses the
    /// worker.
    /// </summary>
    public Task<string> Lost => _lost.Task;

    /// <summary>Completes when the worker has been drained and is to end.</summary>
    public Task Drained => _drained.Task;

    /// <summary>Address of the coordinator's API; null until the coordinator has accepted the worker.</summary>
    public Uri? Api { get; private set; }

    internal void Join(Uri api)
    {
        Api = api;
        _joined.TrySetResult();
    }

    internal void Revoke(IReadOnlyCollection<string> serials) => revocations?.Invoke(serials);

    internal void EndDrain() => _drained.TrySetResult();

    internal void Lose(string reason) => _lost.TrySetResult(reason);

    internal void Refuse(string reason) => _lost.TrySetException(new FarmRefusalException(reason));
}

/// <summary>The coordinator refused the worker. The message is its explanation for the worker's owner.</summary>
public sealed class FarmRefusalException(string message) : Exception(message);
