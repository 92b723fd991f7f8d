using Microsoft.Extensions.Diagnostics.HealthChecks;
using MlxVideo.Coordinator.Farm;

namespace MlxVideo.Coordinator.Health;

/// <summary>Checks that the coordinator knows its address, without which no worker is admitted.</summary>
internal sealed class ApiCheck(ApiAddress api) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(api.Value is null ? HealthCheckResult.Unhealthy("The API is starting.") : HealthCheckResult.Healthy());
}
