namespace MlxVideo.Worker.Node;

/// <summary>Membership of one cluster node in the farm, signalled by actors and awaited by the host.</summary>
public sealed class SessionSignals
{
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the coordinator has accepted the worker.</summary>
    public Task Joined => _joined.Task;

    /// <summary>
    /// Completes with the reason when the farm is lost; fails with <see cref="FarmRefusalException"/> when the coordinator refuses the
    /// worker.
    /// </summary>
    public Task<string> Lost => _lost.Task;

    internal void Join() => _joined.TrySetResult();

    internal void Lose(string reason) => _lost.TrySetResult(reason);

    internal void Refuse(string reason) => _lost.TrySetException(new FarmRefusalException(reason));
}

/// <summary>The coordinator refused the worker. The message is its explanation for the worker's owner.</summary>
public sealed class FarmRefusalException(string message) : Exception(message);
