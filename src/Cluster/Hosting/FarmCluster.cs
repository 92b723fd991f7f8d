using System.Net;
using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Akka.Remote.Hosting;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Cluster.Security;
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

    /// <summary>The coordinator monitors all workers; no farm has more.</summary>
    private const int AllNodes = 10_000;

    /// <summary>
    /// Akka makes workers monitor at least one node, but they must not find it unreachable: a broken connection between workers does no
    /// harm, and the protocol's hellos detect the loss of the coordinator.
    /// </summary>
    private static readonly TimeSpan Never = TimeSpan.FromDays(365);

    /// <summary>
    /// Configures remoting on <paramref name="host"/>, membership with <paramref name="role"/>, and the farm's serializer in strict mode.
    /// Only the coordinator detects unreachable nodes and removes them (<see cref="FarmDowning"/>). A worker that loses the coordinator
    /// ends its node, and rejoins with a new one.
    /// </summary>
    /// <param name="host">Address to bind and to advertise.</param>
    /// <param name="port">TCP port; 0 for a free one.</param>
    /// <param name="coordinators">Possible addresses of the coordinator to join; empty for the coordinator, which joins itself.</param>
    /// <param name="drainTimeout">Maximum time for a leaving node to stop its work.</param>
    /// <param name="detection">Failure detection, for the coordinator; null for workers.</param>
    /// <param name="joinTimeout">Time after which a node that could not join shuts down; null for none.</param>
    /// <param name="tls">Certificates; null for a node on loopback or on a trusted network.</param>
    public static AkkaConfigurationBuilder WithFarmCluster(
        this AkkaConfigurationBuilder builder, string host, int port, string role, IReadOnlyList<IPEndPoint> coordinators,
        TimeSpan drainTimeout, FarmClusterOptions? detection = null, TimeSpan? joinTimeout = null, NodeTls? tls = null)
    {
        if (tls is not null)
            builder.WithActors((system, _) =>
                system.ActorOf(Props.Create(() => new HandshakeWatch(tls.Refusals)), "handshake-watch"));
        return builder
            .AddHocon($$"""
                akka.stdout-loglevel = OFF
                akka.cluster.log-info = off
                akka.cluster.downing-provider-class = "{{FarmDowning.TypeName}}"
                akka.cluster.failure-detector.monitored-by-nr-of-members = {{(detection is null ? 1 : AllNodes)}}
                {{FarmDowning.DownAfterKey}} = {{(int)(detection?.DownAfter ?? Never).TotalSeconds}}s
                akka.cluster.shutdown-after-unsuccessful-join-seed-nodes = {{(joinTimeout is { } timeout ? $"{(int)timeout.TotalSeconds}s" : "off")}}
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
            .WithRemoting(RemotingOf(host, port, tls))
            .WithClustering(new ClusterOptions
            {
                Roles = [role],
                SeedNodes = [.. coordinators.Select(coordinator => $"{SchemeOf(tls)}://{SystemName}@{coordinator}")],
                MinimumNumberOfMembers = 1,
                FailureDetector = new PhiAccrualFailureDetectorOptions
                {
                    AcceptableHeartbeatPause = detection?.HeartbeatPause ?? Never,
                    Threshold = 12,
                },
            });
    }

    private static string SchemeOf(NodeTls? tls) => tls is null ? "akka.tcp" : "akka.ssl.tcp";

    private static RemoteOptions RemotingOf(string host, int port, NodeTls? tls)
    {
        var options = new RemoteOptions { HostName = host, Port = port };
        if (tls is null)
            return options;
        options.EnableSsl = true;
        options.Ssl = new SslOptions
        {
            X509Certificate = tls.Certificate,
            RequireMutualAuthentication = true,
            // Decides alone: neither the system's authorities nor host names count.
            CustomValidator = (certificate, _, peer, _, _) => tls.Accepts(certificate, peer),
        };
        return options;
    }
}
