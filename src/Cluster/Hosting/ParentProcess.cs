using System.Diagnostics;
using Microsoft.Extensions.Hosting;

namespace MlxVideo.Cluster.Hosting;

/// <summary>Stops a daemon when the process that started it is gone, so that a killed parent leaves nothing behind.</summary>
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
            // It was gone before we looked.
        }

        lifetime.StopApplication();
    }
}
