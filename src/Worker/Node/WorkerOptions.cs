namespace MlxVideo.Worker.Node;

/// <summary>Times of the work protocol, on the worker's side.</summary>
public sealed record WorkerOptions
{
    /// <summary>How often the worker says hello: joins, and joins again after it was given up.</summary>
    public TimeSpan HelloInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Hellos without an answer after which the farm counts as lost and the worker joins anew. A worker that sleeps sends none.
    /// </summary>
    public int MaxUnansweredHellos { get; init; } = 8;

    /// <summary>A running attempt is reported at least this often, which renews its lease.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A final report that is not acknowledged is sent again after this time.</summary>
    public TimeSpan ResendInterval { get; init; } = TimeSpan.FromSeconds(5);
}
