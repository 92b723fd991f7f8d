using System.CommandLine;
using System.Net;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Engine.Kernels;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Worker.Capabilities;

namespace MlxVideo.Worker.Hosting;

/// <summary>The worker's command line.</summary>
public static class WorkerCommand
{
    /// <summary>Exit code of a command line that can't be used.</summary>
    public const int BadInput = 2;

    /// <summary>Runs a command line to its exit code; what is wrong with its options is said in one sentence each.</summary>
    public static async Task<int> Run(string[] args)
    {
        var parsed = Create().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                await Console.Error.WriteLineAsync(error.Message);
            await Console.Error.WriteLineAsync("Add --help to see what can be given.");
            return BadInput;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }); // the host handles signals
    }

    /// <summary>The root command.</summary>
    public static RootCommand Create()
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
        var name = new Option<string>("--name") { Description = "Name shown to people; the machine's by default.", DefaultValueFactory = _ => Environment.MachineName };
        var clusterPort = new Option<int>("--cluster-port") { Description = "TCP port of this node; 0 for a free one.", DefaultValueFactory = _ => 0 };
        var threads = new Option<int>("--threads") { Description = "CPU threads of the engine. All machines of a farm must use the same number for equal bits.", DefaultValueFactory = _ => 1 };
        var weightMemory = PositiveNumber.Option("--weight-memory", "GiB", "GiB that weights may take, half of the machine's memory by default; a transformer that is larger is streamed from the disk.");
        var device = new Option<string>("--device") { Description = "auto, cpu, mps (Apple's Metal) or cuda.", DefaultValueFactory = _ => ComputeSettings.Auto };
        var dtype = new Option<string>("--dtype") { Description = "auto, float32 or bfloat16; auto is float32 on the CPU, bfloat16 elsewhere.", DefaultValueFactory = _ => ComputeSettings.Auto };
        var kernels = new Option<string>("--kernels") { Description = "auto, plain or metal-safe; auto is metal-safe on mps.", DefaultValueFactory = _ => ComputeSettings.Auto };
        var owner = new OwnerOptions();
        var listen = DaemonOptions.Listen();
        var trusted = DaemonOptions.TrustedNetwork();
        var parent = DaemonOptions.ParentPid();
        var verbose = DaemonOptions.Verbose();
        var command = new RootCommand("Joins an MlxVideo farm and renders stages with the model on this machine.")
        {
            join, data, model, name, clusterPort, threads, weightMemory, device, dtype, kernels, listen, trusted, parent, verbose,
        };
        owner.AddTo(command);
        command.SetAction((parsed, cancellation) => DaemonOptions.Guard(parsed.GetValue(verbose), () =>
        {
            var address = parsed.GetValue(listen) ?? IPAddress.Loopback;
            DaemonOptions.RequireLoopbackOrTrust(address, parsed.GetValue(trusted));
            return WorkerHost.Run(
                new WorkerSettings(
                    new NodeSettings(parsed.GetRequiredValue(join), address, parsed.GetValue(clusterPort), parsed.GetValue(parent), parsed.GetValue(verbose)),
                    WritableFolder.Open(parsed.GetRequiredValue(data).FullName, "data folder", "--data"),
                    parsed.GetRequiredValue(model).FullName,
                    parsed.GetValue(name)!,
                    parsed.GetValue(threads),
                    parsed.GetValue(weightMemory),
                    new ComputeSettings(parsed.GetValue(device)!, parsed.GetValue(dtype)!, parsed.GetValue(kernels)!),
                    owner.Read(parsed)),
                cancellation);
        }));
        return command;
    }
}
