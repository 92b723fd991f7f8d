using System.Diagnostics;
using System.Net;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Cluster.Security;

namespace MlxVideo.Benchmarks.Transfer;

/// <summary>A cluster node that has joined the coordinator and measures round trips to it.</summary>
internal sealed class ClusterProbe : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan JoinPatience = TimeSpan.FromMinutes(1);

    private readonly IHost _host;
    private readonly ActorSelection _remote;

    private ClusterProbe(IHost host, ActorSelection remote) => (_host, _remote) = (host, remote);

    /// <summary>Joins the cluster.</summary>
    /// <param name="coordinator">The coordinator's cluster address.</param>
    /// <param name="tls">Certificates; null for none.</param>
    public static async Task<ClusterProbe> JoinAsync(IPEndPoint coordinator, NodeTls? tls)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddAkka(FarmCluster.SystemName, akka => akka.WithFarmLogging(verbose: false).WithFarmCluster(
            IPAddress.Loopback.ToString(), 0, FarmCluster.WorkerRole, [coordinator], TimeSpan.FromSeconds(5), new FarmClusterOptions(),
            tls: tls));
        var host = builder.Build();
        await host.StartAsync();
        var system = host.Services.GetRequiredService<ActorSystem>();
        var joined = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Akka.Cluster.Cluster.Get(system).RegisterOnMemberUp(joined.SetResult);
        await joined.Task.WaitAsync(JoinPatience);
        return new ClusterProbe(host, system.ActorSelection(
            $"{(tls is null ? "akka.tcp" : "akka.ssl.tcp")}://{FarmCluster.SystemName}@{coordinator}/user"));
    }

    /// <summary>Measures round trips, one after the other, until an action has ended.</summary>
    public async Task<IReadOnlyList<double>> DuringAsync(Task action)
    {
        var samples = new List<double>();
        while (!action.IsCompleted)
        {
            var began = Stopwatch.GetTimestamp();
            try
            {
                await _remote.ResolveOne(Timeout);
                samples.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
            catch (ActorNotFoundException)
            {
                samples.Add(double.NaN);
            }

            await Task.Delay(Interval);
        }

        await action;
        return samples;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
