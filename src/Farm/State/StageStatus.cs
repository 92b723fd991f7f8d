using System.Collections.Immutable;
using MlxVideo.Farm.Decisions;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Farm.State;

/// <summary>Where one stage stands.</summary>
/// <param name="State">Blocked, ready, running, done or failed.</param>
/// <param name="Attempt">Number of the newest attempt; 0 before the first.</param>
/// <param name="Running">Its live attempts: one, or two while a slow one is raced by a copy.</param>
/// <param name="Last">The attempt that people are shown: the one that succeeded, else the newest.</param>
/// <param name="EndedAt">When that attempt ended.</param>
/// <param name="FailedOn">Who is charged with failed attempts (see <see cref="FailureCharges"/>), one entry for each failure.</param>
/// <param name="OffloadCount">Number of the newest help that an attempt got; 0 before the first.</param>
/// <param name="OffloadFailedOn">Workers whose help failed.</param>
/// <param name="Lost">Attempts whose workers fell silent: one that is back and still at it resumes its attempt.</param>
public sealed record StageStatus(
    StageState State, int Attempt, ImmutableList<LiveAttempt> Running, LiveAttempt? Last, DateTimeOffset? EndedAt,
    ImmutableList<string> FailedOn,
    int OffloadCount, ImmutableList<string> OffloadFailedOn, ImmutableList<LiveAttempt> Lost)
{
    /// <summary>A stage that waits for its inputs.</summary>
    public static StageStatus Blocked { get; } = new(StageState.Blocked, 0, [], null, null, [], 0, [], []);

    /// <summary>The live attempt of a number; null for one that is over.</summary>
    public LiveAttempt? Find(int number) => Running.Find(attempt => attempt.Number == number);
}

/// <summary>An attempt that a worker was given.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Worker">Id of the worker.</param>
/// <param name="WorkerName">Its name.</param>
/// <param name="StartedAt">When it was assigned.</param>
/// <param name="IsSpeculative">True for a copy that races an earlier attempt.</param>
/// <param name="Helper">The worker that computes some of its evaluations.</param>
public sealed record LiveAttempt(
    int Number, string Worker, string WorkerName, DateTimeOffset StartedAt, bool IsSpeculative, AttemptHelper? Helper = null);

/// <summary>A worker that helps an attempt.</summary>
/// <param name="Number">Number of the help.</param>
/// <param name="Worker">Id of the worker.</param>
/// <param name="Evaluations">How many evaluations of each step it computes.</param>
/// <param name="Since">When it was asked.</param>
/// <param name="IsReady">Whether it has loaded what it needs.</param>
public sealed record AttemptHelper(int Number, string Worker, int Evaluations, DateTimeOffset Since, bool IsReady);
