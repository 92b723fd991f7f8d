using Akka;
using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Hosting;

/// <summary>A worker's cluster node, whatever runs its tasks: the engine, or a stand-in without a model.</summary>
public static class WorkerNode
{
    /// <summary>How long a worker that is told to stop may take: it stops between two steps of its task.</summary>
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Runs until it is told to stop or is no longer part of the farm. Prints one line when it is ready.</summary>
    /// <param name="settings">How it takes part in the cluster.</param>
    /// <param name="identity">Who it is and what it can do.</param>
    /// <param name="execution">Runs its tasks.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="IOException">The farm can't be joined.</exception>
    public static async Task Run(NodeSettings settings, WorkerIdentity identity, IStageExecution execution, CancellationToken cancellation)
    {
        var joined = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.ConfigureDaemon(builder.Logging, settings.Verbose, settings.ParentPid, DrainTimeout);
        builder.Services.AddAkka(FarmCluster.SystemName, akka => akka
            .ConfigureLoggers(loggers =>
            {
                loggers.ClearLoggers();
                loggers.AddLoggerFactory();
            })
            .WithFarmCluster(settings.Listen.ToString(), settings.ClusterPort, FarmCluster.WorkerRole, settings.Join, DrainTimeout)
            .WithSingletonProxy<WorkerActor>(FarmCluster.FarmSingleton, new ClusterSingletonOptions { Role = FarmCluster.CoordinatorRole })
            .WithActors((system, registry, resolver) =>
            {
                var farm = registry.Get<WorkerActor>();
                var log = resolver.GetService<ILogger<WorkerActor>>()!;
                var worker = system.ActorOf(Props.Create(() => new WorkerActor(identity, new WorkerOptions(), farm, execution, joined, log)), "worker");
                CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "drain", () => worker.Ask<Done>(new WorkerActor.Drain(Now: true), DrainTimeout));
            }));

        using var host = builder.Build();
        await host.StartAsync(cancellation);
        host.Services.GetRequiredService<ILogger<WorkerActor>>().LogInformation("Joining the farm at {Coordinator}.", settings.Join);
        await Joined(host, joined.Task, settings.Join);
        var address = Akka.Cluster.Cluster.Get(host.Services.GetRequiredService<ActorSystem>()).SelfAddress;
        Console.WriteLine($"ready worker name={identity.Name} cluster={address.Host}:{address.Port}");
        await host.WaitForShutdownAsync(cancellation);
    }

    /// <summary>Waits until the farm has taken the worker in; ends when the node gives up joining.</summary>
    private static async Task Joined(IHost host, Task joined, string coordinator)
    {
        var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        try
        {
            await joined.WaitAsync(stopping);
        }
        catch (OperationCanceledException fault)
        {
            throw new IOException($"The farm at {coordinator} could not be joined. Is the coordinator running there, and is that its cluster address?", fault);
        }
    }
}
