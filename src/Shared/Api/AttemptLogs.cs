namespace MlxVideo.Shared.Api;

/// <summary>Logs of attempts at a batch's stages.</summary>
/// <param name="Attempts">The attempts, by row and start.</param>
public sealed record AttemptLogList(string Batch, IReadOnlyList<AttemptLogView> Attempts)
{
    /// <summary>True when the batch has more attempts, which would exceed the limit or make the response too large.</summary>
    public bool HasMore { get; init; }
}

/// <summary>The log of an attempt.</summary>
/// <param name="Stage">Id of the stage in the plan: <c>denoise-1</c>.</param>
/// <param name="Attempt">Number of the attempt at the stage, from 1.</param>
/// <param name="Worker">Display name of the worker.</param>
/// <param name="EndedAt">Null while it runs.</param>
/// <param name="Error">Why it failed; null when it did not.</param>
/// <param name="Lines">The lines; of a long log, those in the middle are left out.</param>
public sealed record AttemptLogView(
    int Row, string Stage, int Attempt, string Worker, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, AttemptState State, string? Error,
    IReadOnlyList<AttemptLogLine> Lines);

/// <summary>A line of an attempt's log.</summary>
/// <param name="At">When it was written, by the worker's clock.</param>
public sealed record AttemptLogLine(DateTimeOffset At, string Text);

/// <summary>A line of a batch's logs as it arrives: of an attempt's log, or its start or end.</summary>
public sealed record BatchLogLine(int Row, string Stage, int Attempt, DateTimeOffset At, string Text);

/// <summary>State of an attempt.</summary>
public enum AttemptState
{
    /// <summary>It runs, or its end is not known yet.</summary>
    Running,

    /// <summary>Its outputs were accepted.</summary>
    Succeeded,

    /// <summary>It failed, or its worker was lost.</summary>
    Failed,

    /// <summary>Its result was no longer wanted.</summary>
    Abandoned,
}
