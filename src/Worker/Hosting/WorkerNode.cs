using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Hosting;

/// <summary>
/// A worker's membership in the farm, independent of its stage runner: the engine, or a substitute without a model. It outlives the
/// coordinator: if the coordinator is stopped, killed, asleep or unreachable, the worker rejoins as soon as it is back.
/// </summary>
public static partial class WorkerNode
{
    private static readonly TimeSpan PauseBeforeRetry = TimeSpan.FromSeconds(2);

    /// <summary>Runs until shutdown. Prints one line after joining for the first time.</summary>
    /// <exception cref="IOException">The first attempt to join the farm fails.</exception>
    /// <exception cref="FarmRefusalException">The coordinator refuses the worker.</exception>
    public static async Task RunAsync(
        NodeSettings settings, WorkerIdentity identity, IStageRunner runner, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.ConfigureDaemon(builder.Logging, settings.Verbose, settings.ParentPid, settings.DrainTimeout);
        using var host = builder.Build();
        await host.StartAsync(cancellationToken);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken, host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        var work = new PendingWork();
        try
        {
            await JoinUntilStoppedAsync(
                settings, identity, runner, work, host.Services.GetRequiredService<ILoggerFactory>(), stopping.Token);
        }
        finally
        {
            work.Cancel();
            await host.StopAsync(CancellationToken.None);
        }
    }

    private static async Task JoinUntilStoppedAsync(
        NodeSettings settings, WorkerIdentity identity, IStageRunner runner, PendingWork work, ILoggerFactory loggers,
        CancellationToken stopping)
    {
        var log = loggers.CreateLogger(typeof(WorkerNode));
        var (port, hasJoined) = (settings.ClusterPort, false);
        LogJoining(log, settings.Join);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var coordinators = await settings.Join.ResolveAsync(stopping);
                await using var session = await FarmSession.OpenAsync(
                    settings, port, coordinators, identity, runner, work, loggers, stopping);
                port = session.Address.Port!.Value; // a new node at the same address replaces the old one in the cluster
                (hasJoined, var reason) = await RunSessionAsync(session, settings, identity, hasJoined, stopping);
                if (reason is not null)
                    LogLost(log, settings.Join, reason);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception ex) when (hasJoined && ex is not FarmRefusalException)
            {
                // The network may be down, or the port may still be in use.
                LogRetry(log, ex.Message);
                await Task.Delay(PauseBeforeRetry, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <returns>Whether the farm has ever been joined, and the reason to log for the end of the session; null for none.</returns>
    private static async Task<(bool HasJoined, string? Reason)> RunSessionAsync(
        FarmSession session, NodeSettings settings, WorkerIdentity identity, bool hasJoined, CancellationToken stopping)
    {
        try
        {
            var lost = session.LostAsync(stopping);
            var joins = await Task.WhenAny(session.Joined, lost) == session.Joined;
            if (!joins)
                return hasJoined ? (true, NoReason(await lost)) : throw CannotJoin(settings, await lost);
            if (!hasJoined)
                Console.WriteLine($"ready worker name={identity.Name} cluster={session.Address.Host}:{session.Address.Port}");
            return (true, await lost);
        }
        catch (OperationCanceledException)
        {
            await session.LeaveAsync();
            throw;
        }

        // The loss has already been logged; failed attempts to rejoin are not.
        static string? NoReason(string _) => null;
    }

    private static IOException CannotJoin(NodeSettings settings, string reason) => new(
        $"The farm at {settings.Join} could not be joined ({reason}). Is the coordinator running there, and is that its cluster address?");

    [LoggerMessage(EventId = 2001, Level = LogLevel.Information, Message = "Joining the farm at {Coordinator}.")]
    private static partial void LogJoining(ILogger log, JoinAddress coordinator);

    [LoggerMessage(
        EventId = 2002, Level = LogLevel.Warning,
        Message = "Lost the farm at {Coordinator}: {Reason}. Rejoining; the stage in progress continues.")]
    private static partial void LogLost(ILogger log, JoinAddress coordinator, string reason);

    [LoggerMessage(EventId = 2003, Level = LogLevel.Warning, Message = "The farm can't be joined yet: {Reason}")]
    private static partial void LogRetry(ILogger log, string reason);
}
