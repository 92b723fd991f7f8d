using System.Collections.Immutable;
using MlxVideo.Shared.Api;

namespace MlxVideo.Shared.Farm;

/// <summary>Where one task stands.</summary>
/// <param name="State">Blocked, ready, running, done or failed.</param>
/// <param name="Attempt">Number of the newest attempt; 0 before the first.</param>
/// <param name="Running">Its live attempts: one, or two while a slow one is raced by a copy.</param>
/// <param name="Last">The attempt that people are shown: the one that succeeded, else the newest.</param>
/// <param name="EndedAt">When that attempt ended.</param>
/// <param name="FailedOn">Workers on which an attempt failed, one entry for each failure.</param>
public sealed record StageProgress(
    StageState State, int Attempt, ImmutableList<LiveAttempt> Running, LiveAttempt? Last, DateTimeOffset? EndedAt, ImmutableList<string> FailedOn)
{
    /// <summary>A task that waits for its inputs.</summary>
    public static StageProgress Blocked { get; } = new(StageState.Blocked, 0, [], null, null, []);

    /// <summary>The live attempt of a number; null for one that is over.</summary>
    public LiveAttempt? Find(int number) => Running.Find(attempt => attempt.Number == number);
}

/// <summary>An attempt that a worker was given.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Worker">Id of the worker.</param>
/// <param name="WorkerName">Its name.</param>
/// <param name="StartedAt">When it was assigned.</param>
/// <param name="IsCopy">True for a copy that races an earlier attempt.</param>
public sealed record LiveAttempt(int Number, string Worker, string WorkerName, DateTimeOffset StartedAt, bool IsCopy);
