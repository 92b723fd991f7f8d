using System.Net;
using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Http;
using MlxVideo.Coordinator.Muxing;
using MlxVideo.Coordinator.Offloading;
using MlxVideo.Coordinator.Storage;
using MlxVideo.Coordinator.Tracing;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Hosting;

/// <summary>Composes the coordinator: actor system, HTTP API, blob store, muxing.</summary>
public static class CoordinatorHost
{
    /// <summary>Runs until shutdown. Prints one line with its addresses when the coordinator is ready.</summary>
    public static async Task RunAsync(DaemonStart start, CancellationToken cancellationToken)
    {
        var dataFolder = WritableFolder.Create(start.DataFolder, "data folder", "--data");
        var configuration = DaemonConfiguration.Read(dataFolder, start.Arguments);
        var options = configuration.Bind<CoordinatorOptions>(CoordinatorOptions.Section);
        using var folderLock = DataFolderLock.Acquire(dataFolder, "coordinator", Environment.MachineName, TimeProvider.System);
        var ffmpeg = FfmpegTools.Find();
        var listen = IPAddress.Parse(options.Listen);
        FreePort.Require(listen, options.ClusterPort, "--cluster-port");
        FreePort.Require(listen, options.HttpPort, "--http-port");
        var blobs = new BlobStore(Path.Combine(dataFolder, "blobs"));
        blobs.DeleteUnfinished();
        blobs.Sweep(options.ClipRetention, TimeProvider.System);
        WritableFolder.Open(dataFolder, "data folder", "--data"); // checked after the sweep, which may free a full disk
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.ConfigureDaemon(builder.Logging, start.Verbose, start.ParentPid, options.ShutdownTimeout);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(listen, options.HttpPort);
            kestrel.Limits.MaxRequestBodySize = null; // decoded tiles can be several gigabytes; the blob store checks uploads
        });
        builder.Services.AddFarmApi();
        builder.Services.AddSingleton(blobs);
        builder.Services.AddSingleton<StorageCondition>();
        builder.Services.AddSingleton(ffmpeg);
        builder.Services.AddSingleton<IClipMuxing, BlobClipMuxing>();
        builder.Services.AddSingleton<EvaluationRelay>();
        builder.Services.AddSingleton<ApiAddress>();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddDaemonOptions<FarmOptions>(configuration, FarmOptions.Section);
        builder.Services.AddDaemonOptions<SchedulingOptions>(configuration, SchedulingOptions.Section);
        builder.Services.AddSingleton<IClusterMembership, ClusterMembership>();
        builder.Services.AddSingleton<ISchedulingPolicy>(
            provider => new Scheduler(provider.GetRequiredService<IOptions<SchedulingOptions>>().Value));
        // Created by the container, which therefore also disposes of it.
        builder.Services.AddSingleton(
            provider => new TraceFiles(Path.Combine(dataFolder, "traces"), provider.GetRequiredService<ILogger<TraceFiles>>()));
        builder.Services.AddAkka(FarmCluster.SystemName, (akka, provider) => akka
            .WithFarmLogging(start.Verbose)
            .WithFarmCluster(
                listen.ToString(), options.ClusterPort, FarmCluster.CoordinatorRole, coordinators: [], options.ShutdownTimeout,
                configuration.Bind<FarmClusterOptions>(FarmClusterOptions.Section))
            .WithSingleton<FarmActor>(
                FarmCluster.FarmSingleton,
                (_, _, resolver) => resolver.Props<FarmActor>(),
                new ClusterSingletonOptions { Role = FarmCluster.CoordinatorRole, TerminationMessage = PoisonPill.Instance })
            .AddStartup((system, _) =>
            {
                var cluster = Akka.Cluster.Cluster.Get(system);
                cluster.Join(cluster.SelfAddress);
            }));

        await using var app = builder.Build();
        app.UseFarmApi();
        await app.StartAsync(cancellationToken);
        Announce(app);
        await app.WaitForShutdownAsync(cancellationToken);
    }

    private static void Announce(WebApplication app)
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        var api = new Uri(addresses.Single());
        app.Services.GetRequiredService<ApiAddress>().Value = api;
        var cluster = Akka.Cluster.Cluster.Get(app.Services.GetRequiredService<ActorSystem>()).SelfAddress;
        Console.WriteLine($"ready coordinator cluster={cluster.Host}:{cluster.Port} http={api.Scheme}://{api.Authority}");
    }
}
