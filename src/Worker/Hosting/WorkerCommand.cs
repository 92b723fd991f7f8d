using System.CommandLine;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Engine.Kernels;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Worker.Hosting;

/// <summary>The worker's command line.</summary>
public static class WorkerCommand
{
    public static Command Create()
    {
        var defaults = new WorkerOptions();
        var options = new DaemonOptions(WorkerOptions.Section);
        AddOptions(options.Arguments, defaults);
        var command = new Command("worker", "Joins an MlxVideo farm and runs stages on this machine with the given model.");
        options.AddTo(command, defaults.ClusterPort, "TCP port of this node; 0 for a free one.");
        options.SetAction(command, WorkerHost.RunAsync);
        return command;
    }

    private static void AddOptions(ConfigurationArguments arguments, WorkerOptions defaults)
    {
        arguments.Begin("Farm");
        arguments.Add(Key(nameof(WorkerOptions.Join)), new Option<string>("--join")
        {
            Description = $"The coordinator's cluster address, HOST[:PORT]; the default port is {JoinAddress.DefaultPort}.",
        });
        arguments.Add(Key(nameof(WorkerOptions.Name)), new Option<string>("--name")
        {
            Description = "Display name; the machine name by default.",
        });
        arguments.Begin("Engine");
        arguments.Add(
            Key(nameof(WorkerOptions.Model)), new Option<DirectoryInfo>("--model") { Description = "Model folder." },
            folder => folder.FullName);
        arguments.Add(Key(nameof(WorkerOptions.Threads)), NumberOption.Int(
            "--threads", "CPU threads of the engine. Use the same number on all workers in a farm for bit-identical results.",
            defaults.Threads, NumberOption.Between(1, WorkerOptions.MaxThreads)));
        arguments.Add(Key(nameof(WorkerOptions.WeightMemory)), NumberOption.OptionalDecimal(
            "--weight-memory",
            "Memory limit for weights in GiB; by default, the device memory not needed for activations. Larger models are streamed "
                + "from disk.",
            NumberOption.AboveZero("GiB")));
        arguments.Add(Key(nameof(WorkerOptions.Device)), ComputeArguments.Device());
        arguments.Add(Key(nameof(WorkerOptions.Dtype)), ComputeArguments.Dtype());
        arguments.Add(Key(nameof(WorkerOptions.Kernels)), ComputeArguments.Kernels());
        arguments.Begin("Availability");
        arguments.Add(Key(nameof(WorkerOptions.Link)), NumberOption.OptionalDecimal(
            "--link",
            "Speed of the connection to the coordinator in Gbit/s; about 0.8 by default. The scheduler prefers machines with fast links "
                + "for stages with large inputs.",
            NumberOption.AboveZero("Gbit/s")));
        arguments.Add(Key(nameof(WorkerOptions.Tags)), new Option<string>("--tags")
        {
            Description = "Comma-separated tags that clips can require.",
        });
        arguments.Add(Key(nameof(WorkerOptions.Hours)), new Option<string>("--hours")
        {
            Description = "Hours during which this machine may work, e.g. 20:00-08:00 in its time zone; always by default.",
        });
    }

    private static string Key(string name) => $"{WorkerOptions.Section}:{name}";
}
