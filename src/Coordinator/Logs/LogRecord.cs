using MlxVideo.Shared.Api;

namespace MlxVideo.Coordinator.Logs;

/// <summary>A line of a row's log file: the start of an attempt, some of its log lines, or its end.</summary>
/// <param name="At">When it happened, or when the lines arrived.</param>
internal sealed record LogRecord(string Stage, int Attempt, DateTimeOffset At)
{
    /// <summary>Name of the worker; only for the start.</summary>
    public string? Worker { get; init; }

    /// <summary>The new state; only for the end, or for <see cref="AttemptState.Running"/> when a lost attempt was resumed.</summary>
    public AttemptState? State { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Error { get; init; }

    /// <summary>Number of the first line.</summary>
    public int First { get; init; }

    /// <summary>The lines; null for a start and an end.</summary>
    public IReadOnlyList<AttemptLogLine>? Lines { get; init; }
}
