using System.Collections.Concurrent;

namespace MlxVideo.Worker.Stages;

/// <summary>
/// The one thread that touches the engine: libtorch's scopes and modes belong to a thread, and one model runs at a time.
/// </summary>
public sealed class EngineThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    /// <summary>Starts the thread.</summary>
    public EngineThread()
    {
        _thread = new Thread(() =>
        {
            foreach (var action in _work.GetConsumingEnumerable())
                action();
        })
        { IsBackground = true, Name = "engine" };
        _thread.Start();
    }

    /// <summary>Runs <paramref name="action"/> on the thread, after what was queued before it.</summary>
    public Task Run(Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                action();
                done.SetResult();
            }
            catch (OperationCanceledException ex)
            {
                done.SetCanceled(ex.CancellationToken);
            }
            catch (Exception ex)
            {
                done.SetException(ex);
            }
        });
        return done.Task;
    }

    /// <summary>Stops the thread once the running action ends; false when it did not end in time, and still runs.</summary>
    /// <param name="patience">How long to wait.</param>
    public bool TryStop(TimeSpan patience)
    {
        _work.CompleteAdding();
        return _thread.Join(patience);
    }

    /// <summary>Lets the running action end and stops the thread.</summary>
    public void Dispose()
    {
        TryStop(Timeout.InfiniteTimeSpan);
        _work.Dispose();
    }
}
