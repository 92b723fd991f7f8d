using Microsoft.Extensions.Hosting;
using MlxVideo.Shared.Processes;

namespace MlxVideo.Cluster.Hosting;

/// <summary>
/// Ends a daemon at once on the second SIGHUP, SIGINT or SIGTERM; the first one stops it in an orderly way. What the daemon has not
/// finished then is handled like a crash.
/// </summary>
public sealed class RepeatedSignal : IHostedService, IDisposable
{
    private IDisposable? _registration;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _registration = TerminationSignals.OnRepetition(exitCode =>
        {
            Console.Error.WriteLine("Ending at once, because of a second signal.");
            ImmediateExit.Exit(exitCode);
        });
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _registration?.Dispose();
}
