using System.CommandLine;
using System.Net;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Worker.Capabilities;

namespace MlxVideo.Worker.Hosting;

/// <summary>The worker's command line.</summary>
public static class WorkerCommand
{
    private const int Failed = 1;
    private const int MaxThreads = 1024;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var join = new Option<JoinAddress>("--join")
        {
            Description = $"The coordinator's cluster address, HOST:PORT; the port is {JoinAddress.DefaultPort} by default.",
            Required = true,
            CustomParser = result =>
            {
                try
                {
                    return JoinAddress.Parse(result.Tokens[0].Value);
                }
                catch (FormatException ex)
                {
                    result.AddError(ex.Message);
                    return null;
                }
            },
        };
        var data = DaemonOptions.Data();
        var model = new Option<DirectoryInfo>("--model") { Description = "Folder of the model.", Required = true };
        var name =
            new Option<string>("--name")
            {
                Description = "Name shown to people; the machine's by default.",
                DefaultValueFactory = _ =>
                Environment.MachineName
            };
        var clusterPort = NumberOption.Int("--cluster-port", "TCP port of this node; 0 for a free one.", 0, DaemonOptions.Port);
        var threads = NumberOption.Int(
            "--threads", "CPU threads of the engine. All machines of a farm must use the same number for equal bits.", 1,
            NumberOption.Between(1, MaxThreads));
        var weightMemory = NumberOption.OptionalDecimal(
            "--weight-memory",
            "GiB that weights may take, half of the machine's memory by default; a transformer that is larger is streamed from the disk.",
            NumberOption.AboveZero("GiB"));
        var device = new Option<string>("--device")
        {
            Description = "auto, cpu, mps (Apple's Metal) or cuda.",
            DefaultValueFactory = _ => ComputeSettings.Auto
        };
        var dtype = new Option<string>("--dtype")
        {
            Description = "auto, float32 or bfloat16; auto is float32 on the CPU, bfloat16 elsewhere.",
            DefaultValueFactory = _ => ComputeSettings.Auto
        };
        var kernels = new Option<string>("--kernels")
        {
            Description = "auto, plain or metal-safe; auto is metal-safe on mps.",
            DefaultValueFactory = _ => ComputeSettings.Auto
        };
        var owner = new OwnerOptions();
        var listen = DaemonOptions.Listen();
        var trusted = DaemonOptions.TrustedNetwork();
        var parent = DaemonOptions.ParentPid();
        var verbose = DaemonOptions.Verbose();
        var command = new Command("worker", "Joins an MlxVideo farm and renders stages with the model on this machine.")
        {
            join, data, model, name, clusterPort, threads, weightMemory, device, dtype, kernels, listen, trusted, parent, verbose,
        };
        owner.AddTo(command);
        command.RequireLoopbackOrTrust(listen, trusted);
        command.SetAction((parsed, cancellationToken) => DaemonOptions.Guard(parsed.GetValue(verbose), () =>
        {
            var address = parsed.GetValue(listen) ?? IPAddress.Loopback;
            return WorkerHost.Run(
                new WorkerSettings(
                    new NodeSettings(parsed.GetRequiredValue(join), address, parsed.GetValue(clusterPort), parsed.GetValue(parent),
                        parsed.GetValue(verbose)),
                    WritableFolder.Open(parsed.GetRequiredValue(data).FullName, "data folder", "--data"),
                    parsed.GetRequiredValue(model).FullName,
                    parsed.GetValue(name)!,
                    parsed.GetValue(threads),
                    parsed.GetValue(weightMemory),
                    new ComputeSettings(parsed.GetValue(device)!, parsed.GetValue(dtype)!, parsed.GetValue(kernels)!),
                    owner.Read(parsed)),
                cancellationToken);
        }, ExitCode));
        return command;
    }

    private static int ExitCode(Exception ex) => ex is CheckpointException or SafetensorsException ? ProgramCommand.BadInput : Failed;
}
