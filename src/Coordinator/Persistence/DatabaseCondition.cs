using Npgsql;

namespace MlxVideo.Coordinator.Persistence;

/// <summary>Whether the farm's events can be stored and recovered. Thread-safe.</summary>
public sealed class DatabaseCondition
{
    private volatile string? _problem;

    /// <summary>Why the farm does not answer at present, as one sentence; null when its database works.</summary>
    public string? Problem => _problem;

    /// <summary>Records a failure of the database.</summary>
    /// <returns>True when it was not known yet.</returns>
    public bool Failed(Exception cause)
    {
        var problem = $"The farm's database can't be used at present ({Reason(cause)}); the farm continues as soon as it can.";
        return Interlocked.Exchange(ref _problem, problem) != problem;
    }

    /// <summary>Records that the farm has been recovered.</summary>
    public void Recovered() => _problem = null;

    /// <summary>Returns the innermost reason, without a period.</summary>
    internal static string Reason(Exception cause)
    {
        // After a failed write, the failed rollback comes first.
        while ((cause is AggregateException many ? many.InnerExceptions.LastOrDefault() : cause.InnerException) is { } inner)
            cause = inner;
        return (cause is PostgresException refused ? refused.MessageText : cause.Message).ReplaceLineEndings(" ").TrimEnd('.');
    }
}
