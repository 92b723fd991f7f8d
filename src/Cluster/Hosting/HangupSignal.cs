using Microsoft.Extensions.Hosting;
using MlxVideo.Shared.Processes;

namespace MlxVideo.Cluster.Hosting;

/// <summary>Stops a daemon when its terminal is closed, as the host does on SIGINT and SIGTERM.</summary>
public sealed class HangupSignal(IHostApplicationLifetime lifetime) : IHostedService, IDisposable
{
    private IDisposable? _registration;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _registration = TerminationSignals.OnHangup(lifetime.StopApplication);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _registration?.Dispose();
}
