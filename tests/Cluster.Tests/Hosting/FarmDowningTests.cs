using System.Net;
using Akka.Actor;
using Akka.Cluster;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Cluster.Hosting;

namespace MlxVideo.Cluster.Tests.Hosting;

/// <summary>Nodes of a farm on real sockets that disappear without leaving.</summary>
public sealed class FarmDowningTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);
    private static readonly FarmClusterOptions Fast = new()
    {
        HeartbeatPause = TimeSpan.FromSeconds(2),
        DownAfter = TimeSpan.FromSeconds(1),
    };

    private readonly List<IHost> _hosts = [];
    private Akka.Cluster.Cluster _coordinator = null!;

    public async Task InitializeAsync()
    {
        _coordinator = await StartAsync(FarmCluster.CoordinatorRole, [], Fast);
        _coordinator.Join(_coordinator.SelfAddress);
    }

    public async Task DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await AbortAsync(host.Services.GetRequiredService<ActorSystem>());
            host.Dispose();
        }
    }

    [Fact]
    public async Task Coordinator_removes_workers_that_disappear_even_when_none_is_left()
    {
        var first = await JoinAsync();
        var second = await JoinAsync();
        await UntilAsync(() => second.State.Members.Count == 3);

        await AbortAsync(first.System);
        await UntilAsync(() => Nodes(_coordinator).Count == 2 && Nodes(second).Count == 2);
        Assert.DoesNotContain(first.SelfAddress, Nodes(second));

        await AbortAsync(second.System);
        await UntilAsync(() => Nodes(_coordinator).Count == 1);
        Assert.Equal(MemberStatus.Up, _coordinator.SelfMember.Status);
        await JoinAsync();
    }

    private static IReadOnlyList<Address> Nodes(Akka.Cluster.Cluster node) => node.State.Members.Select(member => member.Address).ToList();

    private static async Task AbortAsync(ActorSystem system)
    {
        if (!system.WhenTerminated.IsCompleted)
            ((ExtendedActorSystem)system).Abort();
        await system.WhenTerminated.WaitAsync(Patience);
    }

    /// <summary>Polls: a node's state changes before its events arrive elsewhere.</summary>
    private static async Task UntilAsync(Func<bool> condition)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, "The membership did not change as expected.");
            await Task.Delay(Glance);
        }
    }

    private async Task<Akka.Cluster.Cluster> JoinAsync()
    {
        var cluster = await StartAsync(
            FarmCluster.WorkerRole, [new IPEndPoint(IPAddress.Loopback, _coordinator.SelfAddress.Port!.Value)], detection: null);
        await UntilAsync(() => cluster.SelfMember.Status == MemberStatus.Up);
        return cluster;
    }

    private async Task<Akka.Cluster.Cluster> StartAsync(
        string role, IReadOnlyList<IPEndPoint> coordinators, FarmClusterOptions? detection)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddAkka(FarmCluster.SystemName, akka => akka.WithFarmLogging(verbose: false)
            .WithFarmCluster("127.0.0.1", 0, role, coordinators, TimeSpan.FromSeconds(5), detection));
        var host = builder.Build();
        _hosts.Add(host);
        await host.StartAsync();
        return Akka.Cluster.Cluster.Get(host.Services.GetRequiredService<ActorSystem>());
    }
}
