using System.Collections.Concurrent;

namespace MlxVideo.Worker.Engine;

/// <summary>The only thread that uses the engine: libtorch's scopes and modes are per thread, and one model runs at a time.</summary>
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

    /// <summary>Runs <paramref name="action"/> on the thread after all actions queued before it.</summary>
    public Task RunAsync(Action action)
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

    /// <summary>
    /// Stops the thread after the running action; returns false if the action is still running after <paramref name="patience"/>.
    /// </summary>
    public bool TryStop(TimeSpan patience)
    {
        _work.CompleteAdding();
        return _thread.Join(patience);
    }

    /// <summary>Waits for the running action to end and stops the thread.</summary>
    public void Dispose()
    {
        TryStop(Timeout.InfiniteTimeSpan);
        _work.Dispose();
    }
}
