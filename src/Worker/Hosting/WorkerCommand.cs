using System.CommandLine;
using System.Net;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Engine.Kernels;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Worker.Hosting;

/// <summary>The worker's command line.</summary>
public static class WorkerCommand
{
    /// <param name="console">Adds a console for operators; null for none.</param>
    public static Command Create(NodeConsole? console = null)
    {
        var defaults = new WorkerOptions();
        var options = new DaemonOptions(WorkerOptions.Section);
        AddOptions(options.Arguments, defaults);
        var command = new Command("worker", "Joins an MlxVideo farm and runs stages on this machine with the given model.");
        options.AddTo(
            command, defaults.ClusterPort, "TCP port of this node; 0 for a free one.", defaults.Listen,
            "IP address to listen on, which the coordinator must be able to reach; auto for this machine's address on the coordinator's "
                + "network.");
        options.SetAction(command, (start, cancellationToken) => WorkerHost.RunAsync(start, cancellationToken, console));
        return command;
    }

    private static void AddOptions(ConfigurationArguments arguments, WorkerOptions defaults)
    {
        arguments.Begin("Farm");
        arguments.Add(Key(nameof(WorkerOptions.Join)), new Option<string>("--join")
        {
            Description = $"The coordinator's cluster address, HOST[:PORT]; the default port is {JoinAddress.DefaultPort}. Without it, the "
                + "coordinator of the token's farm is found in the local network.",
        });
        arguments.Add(Key(nameof(WorkerOptions.Token)), new Option<string>("--token")
        {
            Description = "Token from 'farm token', for joining a farm on another machine for the first time.",
        });
        arguments.Add(Key(nameof(WorkerOptions.Name)), new Option<string>("--name")
        {
            Description = "Display name; the machine name by default.",
        });
        arguments.Begin("Engine");
        arguments.Add(
            Key(nameof(WorkerOptions.Model)), new Option<DirectoryInfo>("--model") { Description = "Model folder." },
            folder => folder.FullName);
        arguments.Add(Key(nameof(WorkerOptions.ModelRepo)), new Option<string>("--model-repo")
        {
            Description = "Model in the Hugging Face cache, OWNER/NAME[@REVISION] or an alias; or a folder. See 'model download'.",
        });
        arguments.Add(Key(nameof(WorkerOptions.CheckpointPath)), new Option<FileInfo>("--checkpoint-path")
        {
            Description = "Checkpoint file, for a model folder with several.",
        }, file => file.FullName);
        arguments.Add(Key(nameof(WorkerOptions.TextEncoderPath)), new Option<DirectoryInfo>("--text-encoder-path")
        {
            Description = "Folder with the Gemma 3 text encoder; by default, the one in the model folder.",
        }, folder => folder.FullName);
        arguments.Add(Key(nameof(WorkerOptions.TextEncoderRepo)), new Option<string>("--text-encoder-repo")
        {
            Description = "Text encoder in the Hugging Face cache.",
        });
        arguments.Add(Key(nameof(WorkerOptions.FetchModels)), new Option<bool>("--fetch-models")
        {
            Description = "Fetch the model from workers in the farm instead, into the data folder. An interrupted fetch is continued, and "
                + "a later start uses the fetched model.",
        });
        arguments.Add(Key(nameof(WorkerOptions.ModelName)), new Option<string>("--model-name")
        {
            Description = "Name or digest of the model to fetch, if the farm has several.",
        });
        arguments.Add(Key(nameof(WorkerOptions.ApiPort)), NumberOption.Int(
            "--api-port",
            "TCP port of the coordinator's API, for --fetch-models in a farm without certificates.",
            defaults.ApiPort, NumberOption.Between(1, IPEndPoint.MaxPort)));
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
        arguments.Add(Key(nameof(WorkerOptions.KeepAwake)), new Option<bool>("--keep-awake")
        {
            Description = "Keep this Mac from falling asleep while it runs a stage.",
        });
        arguments.Begin("Storage");
        arguments.Add(Key(nameof(WorkerOptions.BlobQuota)), new Option<string>("--blob-quota")
        {
            Description = "Maximum size of the artefacts kept for later stages, e.g. 50GB; about 17 GB by default.",
        });
    }

    private static string Key(string name) => $"{WorkerOptions.Section}:{name}";
}
