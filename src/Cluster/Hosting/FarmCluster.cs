using System.Net;
using Akka.Cluster.Hosting;
using Akka.Cluster.Hosting.SBR;
using Akka.Hosting;
using Akka.Remote.Hosting;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Cluster.Serialization;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Cluster.Hosting;

/// <summary>Cluster settings shared by coordinators and workers.</summary>
public static class FarmCluster
{
    /// <summary>Name of the actor system; part of every cluster address.</summary>
    public const string SystemName = "mlxvideo";

    /// <summary>Role of the node that hosts the farm.</summary>
    public const string CoordinatorRole = "coordinator";

    /// <summary>Role of the nodes that run stages.</summary>
    public const string WorkerRole = "worker";

    /// <summary>Name of the farm's singleton actor.</summary>
    public const string FarmSingleton = "farm";

    /// <summary>
    /// Configures remoting on <paramref name="host"/>, membership with <paramref name="role"/>, and the farm's serializer in strict mode. A
    /// coordinator never downs itself for lack of workers. A worker node that loses the coordinator shuts down, and the worker rejoins with
    /// a new node.
    /// </summary>
    /// <param name="host">Address to bind and to advertise.</param>
    /// <param name="port">TCP port; 0 for a free one.</param>
    /// <param name="coordinators">Possible addresses of the coordinator to join; empty for the coordinator, which joins itself.</param>
    /// <param name="drainTimeout">Maximum time for a leaving node to stop its work.</param>
    /// <param name="options">Failure detection.</param>
    public static AkkaConfigurationBuilder WithFarmCluster(
        this AkkaConfigurationBuilder builder, string host, int port, string role, IReadOnlyList<IPEndPoint> coordinators,
        TimeSpan drainTimeout, FarmClusterOptions options) =>
        builder
            .AddHocon($$"""
                akka.stdout-loglevel = OFF
                akka.cluster.log-info = off
                akka.cluster.split-brain-resolver.stable-after = {{(int)options.DownAfter.TotalMilliseconds}}ms
                akka.cluster.shutdown-after-unsuccessful-join-seed-nodes = 60s
                akka.cluster.seed-node-timeout = 3s
                akka.cluster.retry-unsuccessful-join-after = 3s
                akka.cluster.singleton-proxy.log-singleton-identification-failure = false
                akka.coordinated-shutdown.phases.service-requests-done.timeout = {{(int)drainTimeout.TotalSeconds}}s
                akka.coordinated-shutdown.exit-clr = off
                akka.remote.retry-gate-closed-for = 1s
                akka.remote.dot-netty.tcp.connection-timeout = 5s
                akka.remote.log-frame-size-exceeding = 64000b
                akka.remote.log-remote-lifecycle-events = off
                """, HoconAddMode.Prepend)
            .WithStrictSerialization()
            .WithCustomSerializer("farm", [typeof(IFarmMessage)], system => new FarmSerializer(system))
            .WithRemoting(host, port)
            .WithClustering(new ClusterOptions
            {
                Roles = [role],
                SeedNodes = [.. coordinators.Select(coordinator => $"akka.tcp://{SystemName}@{coordinator}")],
                MinimumNumberOfMembers = 1,
                SplitBrainResolver = new KeepOldestOption { Role = CoordinatorRole, DownIfAlone = false },
                FailureDetector =
                    new PhiAccrualFailureDetectorOptions { AcceptableHeartbeatPause = options.HeartbeatPause, Threshold = 12 },
            });
}
