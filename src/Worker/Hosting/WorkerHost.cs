using System.Diagnostics;
using System.Net;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Worker.Capabilities;
using MlxVideo.Worker.Node;
using MlxVideo.Worker.Stages;

namespace MlxVideo.Worker.Hosting;

/// <summary>Puts a worker with the engine and a model together.</summary>
public static class WorkerHost
{
    /// <summary>How long the engine may go on after the node has left the farm.</summary>
    private static readonly TimeSpan EngineStopTimeout = TimeSpan.FromSeconds(10);

    /// <summary>A host that is cut off does not answer at all: short, so that the next attempt comes soon after its return.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Runs until it is told to stop; a lost farm is joined again. Prints one line when it is ready.</summary>
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
        // before the model is hashed, which takes minutes
        FreePort.Require(node.Listen, node.ClusterPort, "--cluster-port");
        var model = ModelFolder.Open(options.Model);
        var (memory, residency) = (DeviceMemory.Bytes, ResidencyPolicy.Of(options.WeightMemory));
        using var engine =
            new StageRunner(model, Compute(options), threads: options.Threads, residency: residency, memoryLimit: memory);
        engine.Noticed += Console.Error.WriteLine; // beside the log: the engine has no logger
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
                engine, memory, residency, new EngineBenchmarks(engine.Compute, options.Threads, thread),
                OwnerSettings.Parse(options.Link, options.Tags, options.Hours)));
        var blobs = new BlobStore(Path.Combine(dataFolder, "blobs"));
        blobs.DeleteUnfinished();
        var artefacts = new StageArtefacts(blobs, http, TimeProvider.System);
        artefacts.Trim(); // what an earlier process that was killed had not removed
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

    private static ComputeOptions Compute(WorkerOptions options)
    {
        try
        {
            return new ComputeSettings(options.Device, options.Dtype, options.Kernels).Resolve();
        }
        catch (ArgumentException ex)
        {
            throw new InvalidConfigurationException(ex.Message, ex);
        }
    }

    /// <summary>
    /// Native code can't be interrupted, and freeing or tearing down what it computes with would crash the process: it ends at
    /// once instead, with the exit code of SIGKILL. Nothing is lost: what is unfinished on the disk is removed at the next start.
    /// </summary>
    private static async Task EndProcessAsync()
    {
        await Console.Error.WriteLineAsync("The worker was told to stop and its engine is still computing: the process ends without "
            + "waiting longer, and the farm gives the stage to another worker.");
        await Console.Error.FlushAsync();
        Process.GetCurrentProcess().Kill();
    }
}
