using System.CommandLine;
using System.Net;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Running;
using MlxVideo.Worker.Hosting;
using MlxVideo.Worker.Node;
using MlxVideo.Worker.Stages;

namespace MlxVideo.TimedWorker;

/// <summary>The command line of a worker with a timer as its engine.</summary>
internal static class TimedWorkerCommand
{
    /// <summary>Creates the root command.</summary>
    public static RootCommand Create()
    {
        var options = new DaemonOptions("Worker");
        var join = new Option<string>("--join") { Description = "HOST:PORT of the coordinator's cluster address.", Required = true };
        var farm = new Option<FileInfo>("--farm") { Description = "JSON farm file, as used by simulations.", Required = true };
        var names = new Option<string[]>("--name")
        {
            Description = "The Mac to simulate; also the worker's id in the farm. Repeatable: each Mac is then a worker with a node and a "
                + "data folder of its own in this process.",
            Required = true,
        };
        var lapse = NumberOption.Decimal("--time-lapse", "Speed factor relative to that Mac.", 1, NumberOption.AboveZero("times"));
        var seed = NumberOption.Int("--seed", "Seed of the simulated times.", 1);
        var command =
            new RootCommand("Joins an MlxVideo farm as simulated Macs that wait where a worker would load and compute.") { join, farm,
                names, lapse, seed };
        options.AddTo(command, clusterPort: 0, "TCP port of this node; 0 for a free one.", "127.0.0.1", "IP address to listen on.");
        options.SetAction(command, (start, parsed, cancellationToken) =>
        {
            var macs = FarmFile.Read(parsed.GetRequiredValue(farm).FullName);
            var address = JoinAddress.Parse(parsed.GetRequiredValue(join));
            var chosen = parsed.GetRequiredValue(names).Select(name => Find(macs, name).InTimeLapse(parsed.GetValue(lapse))).ToList();
            return Task.WhenAll(chosen.Select(mac => RunAsync(
                chosen.Count == 1 ? start : start with { DataFolder = Path.Combine(start.DataFolder, mac.Name) },
                mac, address, parsed.GetValue(seed), cancellationToken)));
        });
        return command;
    }

    private static async Task RunAsync(DaemonStart start, SimulatedMac mac, JoinAddress join, int seed, CancellationToken cancellationToken)
    {
        var folder = WritableFolder.Open(start.DataFolder, "data folder", "--data");
        var configuration = DaemonConfiguration.Read(folder, start.Arguments);
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        using var runner = new TimedStageRunner(
            mac, new TrueTimes(seed), new StageArtefacts(new BlobStore(Path.Combine(folder, "blobs")), http, TimeProvider.System),
            TimeProvider.System);
        await WorkerNode.RunAsync(
            new NodeSettings(
                join, IPAddress.Loopback, configuration.Bind<WorkerProtocolOptions>(WorkerProtocolOptions.Section),
                new WorkerOptions().DrainTimeout,
                ParentPid: start.ParentPid, Verbose: start.Verbose),
            new WorkerIdentity(mac.Name, Guid.NewGuid().ToString("N"), mac.Name, "timer", "timed", "timed", mac.Capabilities),
            runner,
            cancellationToken);
    }

    private static SimulatedMac Find(IReadOnlyList<SimulatedMac> macs, string name) => macs.FirstOrDefault(mac => mac.Name == name)
        ?? throw new FormatException($"The farm has no Mac '{name}'; its Macs are {string.Join(", ", macs.Select(mac => mac.Name))}.");
}
