using Microsoft.Extensions.Diagnostics.HealthChecks;
using MlxVideo.Coordinator.Logging;

namespace MlxVideo.Coordinator.Health;

/// <summary>
/// A health check that is cheap however often it is requested, because the endpoint is open to everyone: it runs at most once per interval,
/// and never twice at the same time. Without a result in time, it reports a problem.
/// </summary>
/// <param name="log">Receives one entry when the check begins to fail and one when it passes again.</param>
internal abstract class BoundedCheck(TimeProvider time, ILogger log) : IHealthCheck
{
    /// <summary>Minimum time between two runs.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Maximum time of a run before it counts as failed.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private Task<Problem?>? _latest;
    private long _beganAt;
    private bool _isFailing;

    /// <summary>The clock.</summary>
    protected TimeProvider Time => time;

    /// <summary>The problem when a run takes too long.</summary>
    protected abstract string Timeout { get; }

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        Problem? problem;
        try
        {
            problem = await Latest().WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            problem = new Problem(Timeout);
        }

        Record(problem);
        return problem is null ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(problem.Reason);
    }

    /// <summary>Runs the check.</summary>
    /// <returns>The problem; null when there is none.</returns>
    protected abstract Task<Problem?> FindProblemAsync();

    private Task<Problem?> Latest()
    {
        lock (_gate)
        {
            if (_latest is null || (_latest.IsCompleted && time.GetElapsedTime(_beganAt) >= Interval))
                (_latest, _beganAt) = (FindProblemAsync(), time.GetTimestamp());
            return _latest;
        }
    }

    private void Record(Problem? problem)
    {
        lock (_gate)
        {
            if (_isFailing == problem is not null)
                return;
            _isFailing = !_isFailing;
        }

        if (problem is null)
            log.ReadyAgain(GetType().Name);
        else
            log.NotReady(problem.Reason, problem.Detail);
    }

    /// <summary>Why the coordinator is not ready.</summary>
    /// <param name="Reason">One sentence for everyone.</param>
    /// <param name="Detail">Details for the log.</param>
    protected sealed record Problem(string Reason, string Detail = "");
}
