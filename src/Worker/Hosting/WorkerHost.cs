using System.Diagnostics;
using MlxVideo.Cluster.Hosting;
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
    public static async Task Run(WorkerSettings settings, CancellationToken cancellationToken)
    {
        using var folderLock = DataFolderLock.Acquire(settings.DataFolder, "worker", settings.Name, TimeProvider.System);
        FfmpegTools.Find();
        // before the model is hashed, which takes minutes
        FreePort.Require(settings.Node.Listen, settings.Node.ClusterPort, "--cluster-port");
        var model = ModelFolder.Open(settings.ModelFolder);
        var (memory, residency) = (DeviceMemory.Bytes, ResidencyPolicy.Of(settings.WeightMemory));
        using var engine =
            new StageRunner(model, settings.Compute.Resolve(), threads: settings.Threads, residency: residency, memoryLimit: memory);
        engine.Noticed += Console.Error.WriteLine; // beside the log: the engine has no logger
        using var thread = new EngineThread();
        using var http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = ConnectTimeout }) { Timeout = Timeout.InfiniteTimeSpan };
        var identity = new WorkerIdentity(
            WorkerIdFile.ReadOrCreate(settings.DataFolder, MachineIdentity.Current()),
            Guid.NewGuid().ToString("N"),
            settings.Name,
            engine.Compute.Device.type.ToString().ToLowerInvariant(),
            ModelFingerprint.Of(model, ContentHashCache.OfUser),
            Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(settings.ModelFolder))),
            await CapabilityMeasurement.Measure(
                engine, memory, residency, new EngineBenchmarks(engine.Compute, settings.Threads, thread), settings.Owner));
        var blobs = new BlobStore(Path.Combine(settings.DataFolder, "blobs"));
        blobs.DeleteUnfinished();
        var artefacts = new StageArtefacts(blobs, http, TimeProvider.System);
        artefacts.Trim(); // what an earlier process that was killed had not removed
        var stages = new EngineStageRunner(engine, thread, artefacts, TimeProvider.System);
        try
        {
            await WorkerNode.RunAsync(settings.Node, identity, stages, cancellationToken);
        }
        finally
        {
            if (!thread.TryStop(EngineStopTimeout))
                await EndProcessAsync();
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
