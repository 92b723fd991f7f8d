using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Hosting;

/// <summary>
/// A worker's membership in the farm, whatever runs its stages: the engine, or a stand-in without a model. It outlives the
/// coordinator: when that is stopped, killed, asleep or cut off, the worker joins again as soon as it is back.
/// </summary>
public static partial class WorkerNode
{
    /// <summary>How long a worker that is told to stop may take: it stops between two steps of its stage.</summary>

    private static readonly TimeSpan PauseBeforeRetry = TimeSpan.FromSeconds(2);

    /// <summary>Runs until it is told to stop. Prints one line when it has joined for the first time.</summary>
    /// <param name="settings">How it takes part in the cluster.</param>
    /// <param name="identity">Who it is and what it can do.</param>
    /// <param name="runner">Runs its stages.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="IOException">The farm can't be joined for the first time.</exception>
    /// <exception cref="FarmRefusalException">The coordinator does not accept the worker.</exception>
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
                port = session.Address.Port!.Value; // at the same address, the new node takes the old one's place in the cluster
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
                // The network may be down, or the port not free yet.
                LogRetry(log, ex.Message);
                await Task.Delay(PauseBeforeRetry, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <returns>Whether the farm has been joined by now, and why this session ended; null when the first one is not worth a line.</returns>
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

        // The loss was logged already; further attempts that fail are not.
        static string? NoReason(string _) => null;
    }

    private static IOException CannotJoin(NodeSettings settings, string reason) => new(
        $"The farm at {settings.Join} could not be joined ({reason}). Is the coordinator running there, and is that its cluster address?");

    [LoggerMessage(EventId = 2001, Level = LogLevel.Information, Message = "Joining the farm at {Coordinator}.")]
    private static partial void LogJoining(ILogger log, JoinAddress coordinator);

    [LoggerMessage(
        EventId = 2002, Level = LogLevel.Warning,
        Message = "Lost the farm at {Coordinator}: {Reason}. Joining again; the stage in progress goes on.")]
    private static partial void LogLost(ILogger log, JoinAddress coordinator, string reason);

    [LoggerMessage(EventId = 2003, Level = LogLevel.Warning, Message = "The farm can't be joined yet: {Reason}")]
    private static partial void LogRetry(ILogger log, string reason);
}
