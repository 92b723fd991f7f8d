using MlxVideo.Coordinator.Logging;
using Npgsql;

namespace MlxVideo.Coordinator.Persistence;

/// <summary>
/// Takes the lock of the database again when its connection was lost, for example because the server was restarted. Stops the coordinator
/// if another one uses the database by then. Meanwhile both can't store conflicting events, because their numbers are unique.
/// </summary>
internal sealed class PostgresLockWatch(
    PostgresLock held, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<PostgresLockWatch> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Why the coordinator was stopped; null while the lock is held.</summary>
    public DatabaseInUseException? Failure { get; private set; }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            log.DatabaseLost(await held.WaitForLossAsync(stoppingToken));
            NpgsqlConnection.ClearAllPools(); // a restarted server has closed the unused connections as well
            if (!await TryAcquireAsync(stoppingToken))
                return;
            log.DatabaseBack();
        }
    }

    private async Task<bool> TryAcquireAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await held.AcquireAsync(stoppingToken);
                return true;
            }
            catch (DatabaseInUseException ex)
            {
                Failure = ex;
                lifetime.StopApplication();
                return false;
            }
            catch (Exception) when (!stoppingToken.IsCancellationRequested)
            {
                await Task.Delay(Pause, time, stoppingToken); // the server is still away, and its absence has been logged
            }
        }
    }
}
