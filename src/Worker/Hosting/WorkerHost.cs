using Microsoft.Extensions.Logging;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Engine.Models;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Models;
using MlxVideo.Shared.Processes;
using MlxVideo.Worker.Capabilities;
using MlxVideo.Worker.Engine.Channel;
using MlxVideo.Worker.Engine.Processes;
using MlxVideo.Worker.Node;
using MlxVideo.Worker.Peers;
using MlxVideo.Worker.Stages;

namespace MlxVideo.Worker.Hosting;

/// <summary>Composes a worker from an engine process and a model.</summary>
public static class WorkerHost
{
    private const string ResumeFolder = "resume";
    private const string SpoolFolder = "spool";

    /// <summary>Short, because an unreachable host does not respond at all and the worker must retry soon after it returns.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Longer than the coordinator lets an upload wait for others; the content is sent only when it is admitted.</summary>
    private static readonly TimeSpan AdmissionTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Runs until shutdown, and rejoins the farm after losing it. Prints one line when the worker is ready.</summary>
    /// <param name="start">The command line.</param>
    /// <param name="cancellationToken">Stops the worker.</param>
    /// <param name="console">Adds a console for operators; null for none.</param>
    public static async Task RunAsync(DaemonStart start, CancellationToken cancellationToken, NodeConsole? console = null)
    {
        var dataFolder = WritableFolder.Open(start.DataFolder, "data folder", "--data");
        var configuration = DaemonConfiguration.Read(dataFolder, start.Arguments);
        var options = configuration.Bind<WorkerOptions>(WorkerOptions.Section);
        var named = WorkerModel.Named(options);
        using var folderLock = DataFolderLock.Acquire(dataFolder, "worker", options.Name, TimeProvider.System);
        var workerId = WorkerIdFile.ReadOrCreate(dataFolder, MachineIdentity.Current());
        var join = options.Join.Length > 0
            ? JoinAddress.Parse(options.Join)
            : await CoordinatorDiscovery.FindAsync(options, dataFolder, TimeProvider.System, cancellationToken);
        var credentials = await WorkerEnrolment.OpenAsync(options, join, dataFolder, workerId, TimeProvider.System, cancellationToken);
        var node = new NodeSettings(
            join, await ListenAddress.ChooseAsync(options, join, credentials is not null, cancellationToken),
            configuration.Bind<WorkerProtocolOptions>(WorkerProtocolOptions.Section),
            options.DrainTimeout, options.ClusterPort, start.ParentPid, start.Verbose, credentials)
        {
            Console = console,
            PbmPort = options.PbmPort,
        };
        FfmpegTools.Find();
        var caffeinate = options.KeepAwake ? Caffeinate.Find(Environment.GetEnvironmentVariable("PATH")) : null;
        // Checked before the model is fetched or hashed, which takes minutes.
        FreePort.Require(node.Listen, node.ClusterPort, "--cluster-port");
        var model = named
            ?? await WorkerModel.FetchAsync(options, join, credentials, dataFolder, TimeProvider.System, cancellationToken);
        await using var engine = CreateEngine(dataFolder, options, model.Location, start.Verbose);
        var started = await engine.StartAsync(cancellationToken);
        using var http = WorkerEnrolment.NewHttpClient(credentials, ConnectTimeout, TimeProvider.System, AdmissionTimeout);
        using var peerHttp = PeerTls.NewClient(credentials, PeerBlobs.ConnectTimeout, TimeProvider.System);
        var quota = options.BlobQuota is { } text ? ByteSize.Parse(text) : null;
        var blobs = new BlobStore(Path.Combine(dataFolder, "blobs"), quotaBytes: quota);
        blobs.DeleteUnfinished();
        await using var peers = await PeerServer.StartAsync(
            blobs, node.Listen, PeerTls.ServerFor(credentials, TimeProvider.System), cancellationToken,
            new ServedModel(model.Location, started.Model, model.Name, ContentHashCache.OfUser));
        var identity = new WorkerIdentity(
            workerId,
            Guid.NewGuid().ToString("N"),
            options.Name,
            started.Device,
            started.Model,
            model.Name,
            OwnerSettings.Parse(options.Link, options.Tags, options.Hours).ApplyTo(started.Capabilities!),
            peers.Address);
        using var loggers = DaemonHost.CreateLoggerFactory(start.Verbose);
        var spool = new ReportSpool(Path.Combine(dataFolder, SpoolFolder), TimeProvider.System, loggers.CreateLogger<ReportSpool>());
        var artefacts = new StageArtefacts(blobs, http, TimeProvider.System, new PeerBlobs(peerHttp, TimeProvider.System), spool);
        artefacts.Trim(); // removes leftovers of a process that was killed
        var runner = new EngineStageRunner(engine, artefacts, node.Protocol.HelperPatience, TimeProvider.System, caffeinate);
        await WorkerNode.RunAsync(node, identity, runner, cancellationToken, spool);
    }

    /// <summary>Creates the engine, whose process is this executable with a hidden verb.</summary>
    private static EngineProcess CreateEngine(string dataFolder, WorkerOptions options, ModelLocation model, bool verbose) => new(
        EngineSettings(DotnetHost.CommandOf(typeof(WorkerHost).Assembly), dataFolder, options.EngineStopTimeout),
        new StartEngine
        {
            Version = EngineChannel.Version,
            Model = model.Folder,
            Checkpoint = model.Checkpoint,
            TextEncoder = model.TextEncoder,
            Device = options.Device,
            Dtype = options.Dtype,
            Kernels = options.Kernels,
            Threads = options.Threads,
            WeightMemory = options.WeightMemory,
            ResumeFolder = Path.Combine(dataFolder, ResumeFolder),
            ResumeSeconds = options.ResumeInterval.TotalSeconds,
            Verbose = verbose,
        },
        Console.Error.WriteLine, // not through the log, which the node creates later
        TimeProvider.System);

    private static EngineProcessSettings EngineSettings(HostCommand worker, string dataFolder, TimeSpan stopTimeout) =>
        new(worker.Program, [.. worker.Arguments, EngineHost.Verb], dataFolder, stopTimeout);
}
