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
    private static readonly Task Never = new TaskCompletionSource().Task;

    /// <summary>Time to join for the first time: the coordinator may be starting as well.</summary>
    private static readonly TimeSpan FirstJoinTimeout = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Time to join again. It is short because a node that contacted a sleeping coordinator does not reach it after it has woken up: Akka
    /// does not repeat the handshake. The next node does.
    /// </summary>
    private static readonly TimeSpan RejoinTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Runs until shutdown, or until the farm has drained the worker. Prints one line after joining for the first time.</summary>
    /// <param name="spool">Results of earlier processes; null for none.</param>
    /// <exception cref="IOException">The first attempt to join the farm fails.</exception>
    /// <exception cref="FarmRefusalException">The coordinator refuses the worker.</exception>
    public static async Task RunAsync(
        NodeSettings settings, WorkerIdentity identity, IStageRunner runner, CancellationToken cancellationToken, ReportSpool? spool = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.ConfigureDaemon(builder.Logging, settings.Verbose, settings.ParentPid, settings.DrainTimeout);
        using var host = builder.Build();
        await host.StartAsync(cancellationToken);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken, host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        var work = new PendingWork(spool);
        var loggers = host.Services.GetRequiredService<ILoggerFactory>();
        using var upkeep = settings.Credentials is { } credentials
            ? new CertificateUpkeep(credentials, settings.Join, TimeProvider.System, loggers.CreateLogger(typeof(WorkerNode)))
            : null;
        using var renewing = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        var renewals = upkeep?.RunAsync(renewing.Token) ?? Task.CompletedTask;
        try
        {
            await JoinUntilStoppedAsync(settings, identity, runner, work, upkeep, loggers, stopping.Token);
        }
        finally
        {
            work.Cancel();
            await renewing.CancelAsync();
            await renewals;
            await host.StopAsync(CancellationToken.None);
        }
    }

    private static async Task JoinUntilStoppedAsync(
        NodeSettings settings, WorkerIdentity identity, IStageRunner runner, PendingWork work, CertificateUpkeep? upkeep,
        ILoggerFactory loggers, CancellationToken stopping)
    {
        var log = loggers.CreateLogger(typeof(WorkerNode));
        var hasJoined = false;
        LogJoining(log, settings.Join);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var coordinators = await settings.Join.ResolveAsync(stopping);
                var renewed = upkeep?.Renewed ?? Never;
                if (upkeep is not null)
                    await upkeep.CheckAsync(stopping);
                // Unless the port is fixed, each node has its own address: the coordinator may refuse messages from that of a lost node.
                await using var session = await FarmSession.OpenAsync(
                    settings, hasJoined ? RejoinTimeout : FirstJoinTimeout, coordinators, identity, runner, work, loggers, stopping);
                var ended = await RunSessionAsync(session, settings, identity, hasJoined, renewed, stopping);
                if (ended.IsDrained)
                    return;
                hasJoined = ended.HasJoined;
                if (ended.Reason is { } reason)
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

    private static async Task<SessionEnd> RunSessionAsync(
        FarmSession session, NodeSettings settings, WorkerIdentity identity, bool hasJoined, Task renewed,
        CancellationToken stopping)
    {
        try
        {
            var lost = session.LostAsync(stopping);
            var joins = await Task.WhenAny(session.Joined, lost) == session.Joined;
            if (!joins)
                return hasJoined ? new SessionEnd(true, NoReason(await lost)) : throw CannotJoin(settings, await lost);
            if (!hasJoined)
                Console.WriteLine($"ready worker name={identity.Name} cluster={session.Address.Host}:{session.Address.Port}");
            var first = await Task.WhenAny(lost, renewed, session.Drained);
            if (first == session.Drained)
            {
                await session.LeaveAsync();
                return new SessionEnd(true, null, IsDrained: true);
            }

            return new SessionEnd(true, first == lost ? await lost : "this worker has a new certificate for it");
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

    /// <summary>The end of a session.</summary>
    /// <param name="HasJoined">Whether the farm has ever been joined.</param>
    /// <param name="Reason">The reason to log; null for none.</param>
    /// <param name="IsDrained">True when the worker is to end.</param>
    private sealed record SessionEnd(bool HasJoined, string? Reason, bool IsDrained = false);

    [LoggerMessage(EventId = 2001, Level = LogLevel.Information, Message = "Joining the farm at {Coordinator}.")]
    private static partial void LogJoining(ILogger log, JoinAddress coordinator);

    [LoggerMessage(
        EventId = 2002, Level = LogLevel.Warning,
        Message = "Lost the farm at {Coordinator}: {Reason}. Rejoining; the stage in progress continues.")]
    private static partial void LogLost(ILogger log, JoinAddress coordinator, string reason);

    [LoggerMessage(EventId = 2003, Level = LogLevel.Warning, Message = "The farm can't be joined yet: {Reason}")]
    private static partial void LogRetry(ILogger log, string reason);
}
