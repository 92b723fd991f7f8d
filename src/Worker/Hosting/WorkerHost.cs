using System.Diagnostics;
using System.Net;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Engine.Diagnostics;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Metal;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Processes;
using MlxVideo.Worker.Capabilities;
using MlxVideo.Worker.Node;
using MlxVideo.Worker.Stages;

namespace MlxVideo.Worker.Hosting;

/// <summary>Composes a worker from the engine and a model.</summary>
public static class WorkerHost
{
    /// <summary>Maximum time for the engine to stop after the node has left the farm.</summary>
    private static readonly TimeSpan EngineStopTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Short, because an unreachable host does not respond at all and the worker must retry soon after it returns.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Runs until shutdown, and rejoins the farm after losing it. Prints one line when the worker is ready.</summary>
    public static async Task RunAsync(DaemonStart start, CancellationToken cancellationToken)
    {
        var dataFolder = WritableFolder.Open(start.DataFolder, "data folder", "--data");
        var configuration = DaemonConfiguration.Read(dataFolder, start.Arguments);
        var options = configuration.Bind<WorkerOptions>(WorkerOptions.Section);
        var node = new NodeSettings(
            JoinAddress.Parse(options.Join), IPAddress.Parse(options.Listen),
            configuration.Bind<FarmClusterOptions>(FarmClusterOptions.Section),
            configuration.Bind<WorkerProtocolOptions>(WorkerProtocolOptions.Section),
            options.DrainTimeout, options.ClusterPort, start.ParentPid, start.Verbose);
        using var folderLock = DataFolderLock.Acquire(dataFolder, "worker", options.Name, TimeProvider.System);
        FfmpegTools.Find();
        // Checked before the model is hashed, which takes minutes.
        FreePort.Require(node.Listen, node.ClusterPort, "--cluster-port");
        var model = ModelFolder.Open(options.Model);
        var device = await ApproveAsync(new ComputeSettings(options.Device, options.Dtype, options.Kernels), cancellationToken);
        var memory = DeviceMemory.Of(device.Compute.Device, device.UsesAllocator);
        var residency = ResidencyPolicy.Of(memory.Available, options.WeightMemory);
        using var engine = new StageRunner(
            model, device.Compute, threads: options.Threads, residency: residency, memoryLimit: memory.Available, memory: memory);
        engine.Noticed += Console.Error.WriteLine; // not through the log: the engine has no logger
        using var thread = new EngineThread();
        using var http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = ConnectTimeout }) { Timeout = Timeout.InfiniteTimeSpan };
        var identity = new WorkerIdentity(
            WorkerIdFile.ReadOrCreate(dataFolder, MachineIdentity.Current()),
            Guid.NewGuid().ToString("N"),
            options.Name,
            engine.Compute.Device.type.ToString().ToLowerInvariant(),
            ModelFingerprint.Of(model, ContentHashCache.OfUser),
            Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Model))),
            await CapabilityMeasurement.MeasureAsync(
                engine, memory.Available, residency, new EngineBenchmarks(engine.Compute, options.Threads, thread),
                OwnerSettings.Parse(options.Link, options.Tags, options.Hours), device.Problem));
        var blobs = new BlobStore(Path.Combine(dataFolder, "blobs"));
        blobs.DeleteUnfinished();
        var artefacts = new StageArtefacts(blobs, http, TimeProvider.System);
        artefacts.Trim(); // removes leftovers of a process that was killed
        var stages = new EngineStageRunner(engine, thread, artefacts, node.Protocol.HelperPatience, TimeProvider.System);
        try
        {
            await WorkerNode.RunAsync(node, identity, stages, cancellationToken);
        }
        finally
        {
            if (!thread.TryStop(EngineStopTimeout))
                await EndProcessAsync();
        }
    }

    /// <summary>Resolves the settings and tests the device on its first use.</summary>
    private static async Task<DeviceApproval> ApproveAsync(ComputeSettings settings, CancellationToken cancellationToken)
    {
        var compute = Resolve(settings);
        var test = new SelfTestProcess(DotnetHost.Program, [typeof(WorkerHost).Assembly.Location], TimeProvider.System);
        var report = await DeviceVerdicts.OfUser(test).FindAsync(compute, Console.Error.WriteLine, cancellationToken);
        var device = DeviceApproval.Of(settings, compute, report);
        if (device.Problem is not { } problem)
            return device;
        var reason = $"{problem.TrimEnd('.')}: run './mlx-video doctor' on this machine for all results, or start the worker with "
            + "--device cpu --dtype float32.";
        await Console.Error.WriteLineAsync($"This worker joins as unfit and gets no stages. {reason}");
        return device with { Problem = reason };
    }

    private static ComputeOptions Resolve(ComputeSettings settings)
    {
        try
        {
            return settings.Resolve();
        }
        catch (ArgumentException ex)
        {
            throw new InvalidConfigurationException(ex.Message, ex);
        }
    }

    /// <summary>
    /// Kills the process, with the exit code of SIGKILL. Native code can't be interrupted, and freeing the memory that it uses would crash
    /// the process. Nothing is lost: unfinished files are removed at the next start.
    /// </summary>
    private static async Task EndProcessAsync()
    {
        await Console.Error.WriteLineAsync("The engine is still computing after the shutdown timeout: the process exits now, and the "
            + "farm reassigns the stage to another worker.");
        await Console.Error.FlushAsync();
        Process.GetCurrentProcess().Kill();
    }
}
