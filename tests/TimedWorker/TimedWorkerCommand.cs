using System.CommandLine;
using System.Net;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Running;
using MlxVideo.Worker.Hosting;
using MlxVideo.Worker.Node;
using MlxVideo.Worker.Stages;

namespace MlxVideo.TimedWorker;

/// <summary>The command line of a worker whose engine is a timer.</summary>
internal static class TimedWorkerCommand
{
    /// <summary>The root command.</summary>
    public static RootCommand Create()
    {
        var join = new Option<string>("--join") { Description = "HOST:PORT of the coordinator's cluster address.", Required = true };
        var data = DaemonOptions.Data();
        var farm = new Option<FileInfo>("--farm") { Description = "JSON file of a farm, as for simulations.", Required = true };
        var name =
            new Option<string>("--name") { Description = "Which Mac of the farm to play; its id in the real farm too.", Required = true };
        var lapse = NumberOption.Decimal("--time-lapse", "How many times as fast as that Mac.", 1, NumberOption.AboveZero("times"));
        var seed = NumberOption.Int("--seed", "Seed of the simulated times.", 1);
        var parent = DaemonOptions.ParentPid();
        var verbose = DaemonOptions.Verbose();
        var command =
            new RootCommand("Joins an MlxVideo farm as a Mac of a simulation: waits where a worker would load and compute.") { join, data,
                farm, name, lapse, seed, parent, verbose };
        command.SetAction((parsed, cancellationToken) => DaemonOptions.Guard(parsed.GetValue(verbose), async () =>
        {
            var mac = Find(parsed.GetRequiredValue(farm).FullName, parsed.GetRequiredValue(name)).InTimeLapse(parsed.GetValue(lapse));
            var folder = WritableFolder.Open(parsed.GetRequiredValue(data).FullName, "data folder", "--data");
            using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
            using var runner = new TimedStageRunner(
                mac, new TrueTimes(parsed.GetValue(seed)),
                new StageArtefacts(new BlobStore(Path.Combine(folder, "blobs")), http, TimeProvider.System), TimeProvider.System);
            await WorkerNode.RunAsync(
                new NodeSettings(JoinAddress.Parse(parsed.GetRequiredValue(join)), IPAddress.Loopback, ParentPid: parsed.GetValue(parent),
                    Verbose: parsed.GetValue(verbose)),
                new WorkerIdentity(mac.Name, Guid.NewGuid().ToString("N"), mac.Name, "timer", "timed", "timed", mac.Capabilities),
                runner,
                cancellationToken);
        }));
        return command;
    }

    private static SimulatedMac Find(string file, string name)
    {
        var macs = FarmFile.Read(file);
        return macs.FirstOrDefault(mac => mac.Name == name)
            ?? throw new FormatException($"{file} has no Mac '{name}'; there are {string.Join(", ", macs.Select(mac => mac.Name))}.");
    }
}
