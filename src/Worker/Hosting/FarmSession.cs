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
    private readonly TimeSpan _drainTimeout;

    private FarmSession(IHost host, SessionSignals signals, TimeSpan drainTimeout)
    {
        (_host, _signals, _drainTimeout) = (host, signals, drainTimeout);
        _system = host.Services.GetRequiredService<ActorSystem>();
        _worker = host.Services.GetRequiredService<IRequiredActor<WorkerActor>>().ActorRef;
    }

    public Address Address => Akka.Cluster.Cluster.Get(_system).SelfAddress;

    /// <summary>Starts a node, which then tries to join.</summary>
    /// <param name="port">TCP port; 0 for a free one.</param>
    /// <param name="coordinators">Possible addresses of the coordinator.</param>
    /// <param name="work">Work carried over from earlier sessions.</param>
    public static async Task<FarmSession> OpenAsync(
        NodeSettings settings, int port, IReadOnlyList<IPEndPoint> coordinators, WorkerIdentity identity, IStageRunner runner,
        PendingWork work, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var signals = new SessionSignals();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, NestedLifetime>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = settings.DrainTimeout);
        builder.Services.AddAkka(FarmCluster.SystemName, akka => akka
            .WithFarmLogging(settings.Verbose)
            .WithFarmCluster(
                settings.Listen.ToString(), port, FarmCluster.WorkerRole, coordinators, settings.DrainTimeout, settings.Cluster)
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
            return new FarmSession(host, signals, settings.DrainTimeout);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>Completes when the coordinator accepts the worker.</summary>
    public Task Joined => _signals.Joined;

    /// <summary>Waits until the farm is lost.</summary>
    /// <returns>The reason.</returns>
    /// <exception cref="FarmRefusalException">The coordinator refuses the worker.</exception>
    /// <exception cref="OperationCanceledException">The worker is being stopped.</exception>
    public async Task<string> LostAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAny(_signals.Lost, _system.WhenTerminated).WaitAsync(cancellationToken);
        return _signals.Lost.IsCompleted ? await _signals.Lost : "this node was removed from its cluster";
    }

    /// <summary>Stops the running stage at the end of its step and leaves the farm.</summary>
    public async Task LeaveAsync()
    {
        if (_signals.Joined.IsCompletedSuccessfully && !_signals.Lost.IsCompleted && !_system.WhenTerminated.IsCompleted)
            await _host.StopAsync();
        else if (!_system.WhenTerminated.IsCompleted)
            await _worker.Ask<Done>(new WorkerActor.Drain(Now: true), _drainTimeout);
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
