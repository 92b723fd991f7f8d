namespace MlxVideo.Worker.Engine.Processes;

/// <summary>Failed starts of the engine process and the pauses between them. Thread-safe.</summary>
public sealed class EngineRestarts(TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);

    private const int Doublings = 7; // about ten minutes

    private readonly Lock _gate = new();
    private string? _problem;
    private long _failedAt;
    private int _failures;

    /// <summary>Why the last start failed, in one sentence; null when it did not.</summary>
    public string? Problem
    {
        get
        {
            lock (_gate)
                return _problem;
        }
    }

    /// <summary>True until the pause after the last failed start has passed.</summary>
    public bool IsPaused
    {
        get
        {
            lock (_gate)
                return _problem is not null && time.GetElapsedTime(_failedAt) < FirstPause * (1 << Math.Min(_failures - 1, Doublings));
        }
    }

    /// <summary>Records a failed start.</summary>
    public void Failed(string problem)
    {
        lock (_gate)
            (_problem, _failedAt, _failures) = (problem, time.GetTimestamp(), _failures + 1);
    }

    /// <summary>Records a successful start.</summary>
    public void Succeeded()
    {
        lock (_gate)
            (_problem, _failures) = (null, 0);
    }
}
