using System.Collections.Immutable;
using MlxVideo.Farm.Decisions;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Farm.State;

/// <summary>A stage's status.</summary>
/// <param name="Attempt">Number of the newest attempt; 0 before the first.</param>
/// <param name="Running">Its live attempts: one, or two when a speculative attempt races a slow one.</param>
/// <param name="Last">The attempt shown to users: the successful one, otherwise the newest.</param>
/// <param name="EndedAt">When that attempt ended.</param>
/// <param name="FailedOn">Ids charged with failed attempts (see <see cref="FailureCharges"/>), one entry per failure.</param>
/// <param name="OffloadCount">Number of the newest offload; 0 before the first.</param>
/// <param name="OffloadFailedOn">Workers on which an offload failed.</param>
/// <param name="Lost">Attempts lost with their workers; a worker that returns while still running its attempt resumes it.</param>
public sealed record StageStatus(
    StageState State, int Attempt, ImmutableList<LiveAttempt> Running, LiveAttempt? Last, DateTimeOffset? EndedAt,
    ImmutableList<string> FailedOn,
    int OffloadCount, ImmutableList<string> OffloadFailedOn, ImmutableList<LiveAttempt> Lost)
{
    /// <summary>The messages of the failures in <see cref="FailedOn"/>, each with the worker's name.</summary>
    public ImmutableList<string> Errors { get; init; } = [];

    /// <summary>The status of a stage that waits for its inputs.</summary>
    public static StageStatus Blocked { get; } = new(StageState.Blocked, 0, [], null, null, [], 0, [], []);

    /// <summary>Returns the live attempt with this number; null when it has ended.</summary>
    public LiveAttempt? Find(int number) => Running.Find(attempt => attempt.Number == number);
}

/// <summary>A stage's attempt on a worker.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Worker">The worker's id.</param>
/// <param name="WorkerName">The worker's display name.</param>
/// <param name="StartedAt">When it was assigned.</param>
/// <param name="IsSpeculative">True for a speculative attempt, which races an earlier one.</param>
/// <param name="Helper">The worker that computes its offloaded evaluations; null when there is none.</param>
public sealed record LiveAttempt(
    int Number, string Worker, string WorkerName, DateTimeOffset StartedAt, bool IsSpeculative, AttemptHelper? Helper = null);

/// <summary>A worker that computes offloaded evaluations of an attempt.</summary>
/// <param name="Number">Number of the offload.</param>
/// <param name="Worker">The worker's id.</param>
/// <param name="Evaluations">Number of evaluations per step that it computes.</param>
/// <param name="Since">When the offload was assigned.</param>
/// <param name="IsReady">True once it has loaded everything it needs.</param>
public sealed record AttemptHelper(int Number, string Worker, int Evaluations, DateTimeOffset Since, bool IsReady);
