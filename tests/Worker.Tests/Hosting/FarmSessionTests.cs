using System.Net;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Shared.Workers;
using MlxVideo.Worker.Hosting;
using MlxVideo.Worker.Node;
using MlxVideo.Worker.Tests.Node;

namespace MlxVideo.Worker.Tests.Hosting;

/// <summary>A worker's node in a cluster whose farm does not answer.</summary>
public sealed class FarmSessionTests
{
    private static readonly TimeSpan JoinTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Session_that_the_farm_does_not_accept_is_lost()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddAkka(FarmCluster.SystemName, akka => akka.WithFarmLogging(verbose: false).WithFarmCluster(
            "127.0.0.1", 0, FarmCluster.CoordinatorRole, [], TimeSpan.FromSeconds(5), new FarmClusterOptions()));
        using var host = builder.Build();
        await host.StartAsync();
        var system = host.Services.GetRequiredService<ActorSystem>();
        var coordinator = Akka.Cluster.Cluster.Get(system);
        coordinator.Join(coordinator.SelfAddress);
        var address = new IPEndPoint(IPAddress.Loopback, coordinator.SelfAddress.Port!.Value);

        await using (var session = await FarmSession.OpenAsync(
            new NodeSettings(
                new JoinAddress("127.0.0.1", address.Port), IPAddress.Loopback, new WorkerProtocolOptions(), TimeSpan.FromSeconds(5)),
            JoinTimeout, [address],
            new WorkerIdentity("w1", "1", "worker-1", "cpu", "model", "model", new WorkerCapabilities()), new ScriptedStageRunner(),
            new PendingWork(), NullLoggerFactory.Instance, CancellationToken.None))
        {
            Assert.Equal("the coordinator does not answer", await session.LostAsync(CancellationToken.None).WaitAsync(Patience));
            Assert.Contains(coordinator.State.Members, member => member.Address == session.Address);
        }

        ((ExtendedActorSystem)system).Abort();
        await system.WhenTerminated.WaitAsync(Patience);
    }
}
