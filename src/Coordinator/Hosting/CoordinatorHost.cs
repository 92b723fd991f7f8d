using System.Net;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Cluster.Discovery;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Coordinator.Archive;
using MlxVideo.Cluster.Security;
using MlxVideo.Coordinator.Commands;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Http;
using MlxVideo.Coordinator.Logs;
using MlxVideo.Coordinator.Muxing;
using MlxVideo.Coordinator.Offloading;
using MlxVideo.Coordinator.Persistence;
using MlxVideo.Coordinator.Security;
using MlxVideo.Coordinator.Storage;
using MlxVideo.Coordinator.Tracing;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Security;

namespace MlxVideo.Coordinator.Hosting;

/// <summary>Composes the coordinator: actor system, HTTP API, blob store, muxing.</summary>
public static class CoordinatorHost
{
    /// <summary>Runs until shutdown. Prints one line with its addresses when the coordinator is ready.</summary>
    /// <param name="start">The command line.</param>
    /// <param name="cancellationToken">Stops the coordinator.</param>
    /// <param name="console">Adds a console for operators; null for none.</param>
    public static async Task RunAsync(DaemonStart start, CancellationToken cancellationToken, NodeConsole? console = null)
    {
        var dataFolder = WritableFolder.Create(start.DataFolder, "data folder", "--data");
        var configuration = DaemonConfiguration.Read(dataFolder, start.Arguments);
        var options = configuration.Bind<CoordinatorOptions>(CoordinatorOptions.Section);
        using var folderLock = DataFolderLock.Acquire(dataFolder, "coordinator", Environment.MachineName, TimeProvider.System);
        var ffmpeg = FfmpegTools.Find();
        var listen = IPAddress.Parse(options.Listen);
        using var tls = options.UsesTls(Console.Error)
            ? CoordinatorTls.Open(dataFolder, listen, options.CertificateLifetime, TimeProvider.System)
            : null;
        FreePort.Require(listen, options.ClusterPort, "--cluster-port");
        FreePort.Require(listen, options.HttpPort, "--http-port");
        var quota = options.BlobQuota is { } text ? ByteSize.Parse(text) : null;
        var blobs = new BlobStore(Path.Combine(dataFolder, "blobs"), quotaBytes: quota);
        blobs.DeleteUnfinished();
        WritableFolder.Open(dataFolder, "data folder", "--data");
        var database = FarmDatabase.Of(dataFolder, options.Postgres);
        database.Prepare();
        await using var databaseLock =
            database.IsPostgres ? await PostgresLock.AcquireAsync(database, TimeProvider.System, cancellationToken) : null;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.ConfigureDaemon(builder.Logging, start.Verbose, start.ParentPid, options.ShutdownTimeout);
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
            kestrel.ApplicationServices.GetRequiredService<ConnectionLimits>().Configure(kestrel, listen, options.HttpPort, tls));
        builder.Services.AddFarmApi();
        builder.Services.AddFarmSecurity(tls, options.PublicPaths);
        builder.Services.AddFarmCommands(tls);
        builder.Services.AddDatabaseLock(databaseLock);
        builder.Services.AddSingleton(blobs);
        builder.Services.AddSingleton(database);
        builder.Services.AddSingleton<StorageCondition>();
        builder.Services.AddSingleton(ffmpeg);
        builder.Services.AddSingleton<IClipMuxing, BlobClipMuxing>();
        builder.Services.AddSingleton<EvaluationRelay>();
        builder.Services.AddSingleton(_ => new BatchArchive(database)); // disposed of by the container, unlike an instance
        builder.Services.AddSingleton(RetentionPolicy.Parse(options.KeepResults));
        builder.Services.AddHostedService<BlobCollector>();
        builder.Services.AddSingleton<ApiAddress>();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddDaemonOptions<FarmOptions>(configuration, FarmOptions.Section);
        builder.Services.AddDaemonOptions<SchedulingOptions>(configuration, SchedulingOptions.Section);
        builder.Services.AddSingleton<ISchedulingPolicy>(
            provider => new Scheduler(provider.GetRequiredService<IOptions<SchedulingOptions>>().Value));
        // Created by the container, which therefore also disposes of it.
        builder.Services.AddSingleton(
            provider => new TraceFiles(Path.Combine(dataFolder, "traces"), provider.GetRequiredService<ILogger<TraceFiles>>()));
        builder.Services.AddSingleton(provider => new AttemptLogFiles(
            Path.Combine(dataFolder, "logs"), TimeProvider.System, provider.GetRequiredService<ILogger<AttemptLogFiles>>()));
        builder.Services.AddAkka(FarmCluster.SystemName, (akka, provider) => akka
            .WithFarmLogging(start.Verbose)
            .WithFarmCluster(
                listen.ToString(), options.ClusterPort, FarmCluster.CoordinatorRole, coordinators: [], options.ShutdownTimeout,
                configuration.Bind<FarmClusterOptions>(FarmClusterOptions.Section),
                tls: tls?.ForNode(provider.GetRequiredService<RefusalLog>()))
            .WithFarmPersistence(database)
            .WithSingleton<FarmActor>(
                FarmCluster.FarmSingleton,
                (_, _, resolver) => FarmSupervision.Of(resolver.Props<FarmActor>()),
                new ClusterSingletonOptions { Role = FarmCluster.CoordinatorRole, TerminationMessage = PoisonPill.Instance })
            .AddStartup((system, _) =>
            {
                var cluster = Akka.Cluster.Cluster.Get(system);
                cluster.Join(cluster.SelfAddress);
            })
            .AddConsole(console, options.PbmPort, provider.GetRequiredService<LocalFarmGateway>));

        await using var app = builder.Build();
        app.UseFarmApi(tls);
        await app.StartAsync(cancellationToken);
        var node = Announce(app);
        await using var advertiser =
            options.IsAdvertised ? Advertise(app, new IPEndPoint(listen, node.Port!.Value), tls?.Identity.Authority) : null;
        await app.WaitForShutdownAsync(cancellationToken);
        if (app.Services.GetService<PostgresLockWatch>()?.Failure is { } failure)
            throw failure;
    }

    /// <summary>Prints the coordinator's addresses, and returns that of its cluster node.</summary>
    private static Address Announce(WebApplication app)
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        var api = new Uri(addresses.Single());
        app.Services.GetRequiredService<ApiAddress>().Value = api;
        var cluster = Akka.Cluster.Cluster.Get(app.Services.GetRequiredService<ActorSystem>()).SelfAddress;
        Console.WriteLine($"ready coordinator cluster={cluster.Host}:{cluster.Port} http={api.Scheme}://{api.Authority}");
        return cluster;
    }

    /// <summary>Advertises the farm in the local network; null where that is impossible.</summary>
    private static FarmAdvertiser? Advertise(WebApplication app, IPEndPoint node, X509Certificate2? authority)
    {
        var log = app.Services.GetRequiredService<ILogger<FarmAdvertiser>>();
        try
        {
            return FarmAdvertiser.Start(
                MdnsProgram.Find(Environment.GetEnvironmentVariable("PATH")),
                new FarmAdvertisement(
                    node, app.Services.GetRequiredService<ApiAddress>().Value!.Port,
                    authority is null ? null : Convert.ToHexStringLower(Fingerprint.Of(authority))),
                typeof(CoordinatorHost).Assembly.GetName().Version!.ToString(3), TimeProvider.System, log,
                app.Lifetime.ApplicationStopping);
        }
        catch (FileNotFoundException ex)
        {
            FarmAdvertiser.LogUnavailable(log, ex.Message);
            return null;
        }
    }
}
