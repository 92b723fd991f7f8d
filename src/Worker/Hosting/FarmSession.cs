using System.Net;
using Akka;
using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Cluster.Security;
using MlxVideo.Shared.Access;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Hosting;

/// <summary>
/// One cluster node of a worker, from joining the farm to leaving or losing it. A node that was removed from the cluster can never
/// return, so each rejoin starts a new session. The attempt in progress continues across sessions.
/// </summary>
internal sealed class FarmSession : IAsyncDisposable
{
    private static readonly TimeSpan AbortTimeout = TimeSpan.FromSeconds(10);

    private readonly IHost _host;
    private readonly ActorSystem _system;
    private readonly SessionSignals _signals;
    private readonly IActorRef _worker;
    private readonly TimeSpan _joinTimeout;
    private readonly TimeSpan _drainTimeout;

    private FarmSession(IHost host, SessionSignals signals, TimeSpan joinTimeout, TimeSpan drainTimeout)
    {
        (_host, _signals, _joinTimeout, _drainTimeout) = (host, signals, joinTimeout, drainTimeout);
        _system = host.Services.GetRequiredService<ActorSystem>();
        _worker = host.Services.GetRequiredService<IRequiredActor<WorkerActor>>().ActorRef;
    }

    public Address Address => Akka.Cluster.Cluster.Get(_system).SelfAddress;

    /// <summary>Starts a node, which then tries to join.</summary>
    /// <param name="joinTimeout">Time to join the cluster, and then to be accepted, after which the session is lost.</param>
    /// <param name="coordinators">Possible addresses of the coordinator.</param>
    /// <param name="work">Work carried over from earlier sessions.</param>
    public static async Task<FarmSession> OpenAsync(
        NodeSettings settings, TimeSpan joinTimeout, IReadOnlyList<IPEndPoint> coordinators, WorkerIdentity identity, IStageRunner runner,
        PendingWork work, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var signals = new SessionSignals(settings.Credentials is { } credentials ? credentials.SetRevoked : null);
        var certificate = settings.Credentials?.Current; // of this session; a renewed one is for the next
        identity = identity with { Certificate = certificate };
        var tls = certificate is null
            ? null
            : new NodeTls(
                certificate.Certificate, settings.Credentials!.RulesForPeers(TimeProvider.System),
                new RefusalLog(TimeProvider.System, loggers.CreateLogger<RefusalLog>()));
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, NestedLifetime>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = settings.DrainTimeout);
        builder.Services.AddAkka(FarmCluster.SystemName, akka => akka
            .WithFarmLogging(settings.Verbose)
            .WithFarmCluster(
                settings.Listen.ToString(), settings.ClusterPort, FarmCluster.WorkerRole, coordinators, settings.DrainTimeout,
                joinTimeout: joinTimeout, tls: tls)
            .AddConsole(settings.Console, settings.PbmPort, () => new OperatorFarmGateway(
                signals.Api ?? throw new IOException("This worker has not joined its farm yet: try again in a moment.")))
            .WithSingletonProxy<FarmSession>(FarmCluster.FarmSingleton, new ClusterSingletonOptions { Role = FarmCluster.CoordinatorRole })
            .WithActors((system, registry, _) =>
            {
                var farm = registry.Get<FarmSession>();
                var log = loggers.CreateLogger<WorkerActor>();
                var worker = system.ActorOf(
                    Props.Create(() => new WorkerActor(identity, Options.Create(settings.Protocol), farm, runner, work, signals, log)),
                    "worker");
                registry.Register<WorkerActor>(worker);
                system.ActorOf(Props.Create(() => new CoordinatorWatch(signals)), "coordinator-watch");
                var shutdown = CoordinatedShutdown.Get(system);
                // Removal from the cluster also triggers this shutdown, but then the stage continues for the next session.
                shutdown.AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "drain", () =>
                    shutdown.ShutdownReason is CoordinatedShutdown.ClrExitReason
                    ? worker.Ask<Done>(new WorkerActor.Drain(Now: true), settings.DrainTimeout)
                    : Task.FromResult(Done.Instance));
            }));
        var host = builder.Build();
        try
        {
            await host.StartAsync(cancellationToken);
            return new FarmSession(host, signals, joinTimeout, settings.DrainTimeout);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>Completes when the coordinator accepts the worker.</summary>
    public Task Joined => _signals.Joined;

    /// <summary>Completes when the worker has been drained and is to end.</summary>
    public Task Drained => _signals.Drained;

    /// <summary>Waits until the farm is lost.</summary>
    /// <returns>The reason.</returns>
    /// <exception cref="FarmRefusalException">The coordinator refuses the worker.</exception>
    /// <exception cref="OperationCanceledException">The worker is being stopped.</exception>
    public async Task<string> LostAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAny(_signals.Lost, _system.WhenTerminated, NotAcceptedAsync(cancellationToken)).WaitAsync(cancellationToken);
        return _signals.Lost.IsCompleted ? await _signals.Lost
            : _system.WhenTerminated.IsCompleted ? "this node was removed from its cluster"
            : "the coordinator does not answer";
    }

    /// <summary>Stops the running stage at the end of its step and leaves the farm.</summary>
    public async Task LeaveAsync()
    {
        if (_signals.Joined.IsCompletedSuccessfully && !_signals.Lost.IsCompleted && !_system.WhenTerminated.IsCompleted)
            await _host.StopAsync();
        else if (!_system.WhenTerminated.IsCompleted)
            await _worker.Ask<Done>(new WorkerActor.Drain(Now: true), _drainTimeout);
    }

    /// <summary>Completes when the coordinator has not accepted the worker in time: hellos detect only the loss of one that has.</summary>
    private async Task NotAcceptedAsync(CancellationToken cancellationToken)
    {
        var limit = Task.Delay(_joinTimeout + _joinTimeout, cancellationToken);
        if (await Task.WhenAny(Joined, limit) == Joined)
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
    }

    /// <summary>Terminates the node immediately, without notifying the cluster.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_system.WhenTerminated.IsCompleted)
            ((ExtendedActorSystem)_system).Abort(); // a coordinated shutdown would wait for the coordinator
        await Task.WhenAny(_system.WhenTerminated, Task.Delay(AbortTimeout));
        _host.Dispose();
    }

    /// <summary>Disables signal handling, which belongs to the process's own host.</summary>
    private sealed class NestedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
