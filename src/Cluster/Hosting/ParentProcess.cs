using System.Diagnostics;
using Microsoft.Extensions.Hosting;

namespace MlxVideo.Cluster.Hosting;

/// <summary>Stops a daemon when its parent process ends, even if the parent was killed.</summary>
public sealed class ParentProcess(int processId, IHostApplicationLifetime lifetime) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            using var parent = Process.GetProcessById(processId);
            await parent.WaitForExitAsync(stoppingToken);
        }
        catch (ArgumentException)
        {
            // The parent has already ended.
        }

        lifetime.StopApplication();
    }
}
