using System.Globalization;
using MlxVideo.Cli.LocalFarms;
using MlxVideo.Cli.Tests;
using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Renders;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>A coordinator and workers as real processes, with the operations that tests need.</summary>
public sealed class FarmUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Dictionary<string, Daemon> _workers = [];
    private readonly string _workerProject;
    private readonly IReadOnlyList<string> _workerArguments;
    private readonly IReadOnlyDictionary<string, string>? _settings;
    private Daemon _coordinator = null!;
    private string _cluster = null!;

    private FarmUnderTest(
        string workerProject, IReadOnlyList<string> workerArguments, IReadOnlyDictionary<string, string>? settings) =>
        (_workerProject, _workerArguments, _settings) = (workerProject, workerArguments, settings);

    /// <summary>Address of the coordinator's API.</summary>
    public Uri Api { get; private set; } = null!;

    /// <summary>The coordinator's cluster address.</summary>
    public string ClusterAddress => _cluster;

    /// <summary>A client of the coordinator's API.</summary>
    public FarmClient Client => new(_http, Api);

    /// <summary>Starts a coordinator and workers <c>worker-1</c>, <c>worker-2</c> and so on.</summary>
    /// <param name="model">The model folder.</param>
    /// <param name="workers">The number of workers.</param>
    /// <param name="prepare">Prepares the coordinator's data folder.</param>
    /// <param name="settings">Configuration of all daemons.</param>
    public static Task<FarmUnderTest> StartAsync(
        string model, int workers, Action<string>? prepare = null, IReadOnlyDictionary<string, string>? settings = null) =>
        StartAsync("Worker", ["--model", model], Enumerable.Range(1, workers).Select(number => $"worker-{number}"), prepare, settings);

    /// <summary>Starts a coordinator without workers; tests add workers with their own models.</summary>
    /// <param name="coordinatorArguments">Additional arguments of the coordinator.</param>
    public static Task<FarmUnderTest> StartWithoutWorkersAsync(params string[] coordinatorArguments) =>
        StartAsync("Worker", [], [], prepare: null, settings: null, coordinatorArguments);

    /// <summary>Starts a coordinator and one timed worker per Mac.</summary>
    /// <param name="farmFile">The farm file with the Macs.</param>
    /// <param name="macs">Names of the Macs.</param>
    /// <param name="timeLapse">Speed factor relative to the farm file.</param>
    /// <param name="seed">Seed of the simulated times.</param>
    public static Task<FarmUnderTest> StartTimedAsync(string farmFile, IEnumerable<string> macs, double timeLapse, int seed) => StartAsync(
        "TimedWorker",
        ["--farm", farmFile, "--time-lapse", timeLapse.ToString(CultureInfo.InvariantCulture), "--seed",
            seed.ToString(CultureInfo.InvariantCulture)],
        macs);

    private static async Task<FarmUnderTest> StartAsync(
        string workerProject, IReadOnlyList<string> workerArguments, IEnumerable<string> workers, Action<string>? prepare = null,
        IReadOnlyDictionary<string, string>? settings = null, params string[] coordinatorArguments)
    {
        var farm = new FarmUnderTest(workerProject, workerArguments, settings);
        try
        {
            prepare?.Invoke(farm._folder["coordinator/data"]);
            FastDetection.Write(farm._folder["coordinator/data"], settings);
            farm._coordinator = Daemon.Start(
                "Coordinator", "coordinator", farm._folder["coordinator"],
                ["--cluster-port", "0", "--http-port", "0", .. coordinatorArguments]);
            var ready = await farm._coordinator.ReadyAsync(CancellationToken.None).WaitAsync(Patience);
            (farm.Api, farm._cluster) = (new Uri(ready["http"]), ready["cluster"]);
            await Task.WhenAll(workers.Select(name => farm.AddWorkerAsync(name)));
            return farm;
        }
        catch
        {
            await farm.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a worker and waits until it has joined the farm.</summary>
    /// <param name="arguments">Additional arguments of the worker.</param>
    public async Task AddWorkerAsync(string name, params string[] arguments)
    {
        FastDetection.Write(_folder[$"{name}/data"], _settings);
        var worker =
            Daemon.Start(_workerProject, name, _folder[name], ["--join", _cluster, "--name", name, .. _workerArguments, .. arguments]);
        lock (_workers)
            _workers.Add(name, worker);
        await worker.ReadyAsync(CancellationToken.None).WaitAsync(Patience);
    }

    /// <summary>Prepares a worker's data folder, then starts the worker.</summary>
    public Task AddWorkerAsync(string name, Action<string> prepare)
    {
        prepare(_folder[$"{name}/data"]);
        return AddWorkerAsync(name);
    }

    /// <summary>Waits until a worker's process has ended, and returns its exit code and last lines as text.</summary>
    public async Task<string> ExitOfAsync(string worker)
    {
        await _workers[worker].Exited.WaitAsync(Patience);
        return _workers[worker].ExitReason();
    }

    /// <summary>Starts a worker whose process has ended, with the same data folder, and waits until it has joined the farm.</summary>
    public async Task StartWorkerAgainAsync(string worker)
    {
        await ExitOfAsync(worker);
        _workers.Remove(worker, out var ended);
        await ended!.DisposeAsync();
        await AddWorkerAsync(worker);
    }

    /// <summary>Folder of the coordinator's blob store.</summary>
    public string CoordinatorBlobs => _folder["coordinator/data/blobs"];

    /// <summary>Process id of the coordinator.</summary>
    public int CoordinatorProcess => _coordinator.ProcessId;

    /// <summary>Completes when the coordinator's process has ended.</summary>
    public Task CoordinatorExited => _coordinator.Exited;

    /// <summary>Replaces a coordinator that has been asked to exit, with the same data folder and ports.</summary>
    /// <param name="environment">Additional environment variables.</param>
    public async Task StartCoordinatorAgainAsync(IReadOnlyDictionary<string, string?>? environment = null)
    {
        await _coordinator.Exited.WaitAsync(Patience);
        await _coordinator.DisposeAsync();
        _coordinator = Daemon.Start(
            environment is null ? LaunchConditions.None : new LaunchConditions(environment), "Coordinator", "coordinator",
            _folder["coordinator"], "--cluster-port", _cluster.Split(':')[^1], "--http-port", $"{Api.Port}");
        await _coordinator.ReadyAsync(CancellationToken.None).WaitAsync(Patience);
    }

    /// <summary>Polls until exactly these workers are in the farm; there is no notification for it.</summary>
    /// <returns>The elapsed time.</returns>
    public async Task<TimeSpan> UntilWorkersAsync(params string[] names)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            IEnumerable<string> present = [];
            try
            {
                present = (await Client.GetFarmAsync(CancellationToken.None)).Workers.Select(worker => worker.Name)
                    .Order(StringComparer.Ordinal);
            }
            catch (FarmApiException ex) when (ex.IsTransient)
            {
                // The coordinator is busy, for example right after it was frozen.
            }

            if (present.SequenceEqual(names))
                return TimeProvider.System.GetElapsedTime(began);
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"The farm has the workers: {string.Join(", ", present)}");
            await Task.Delay(Glance);
        }
    }

    /// <summary>Data folder of a worker.</summary>
    public string DataOf(string worker) => _folder[$"{worker}/data"];

    /// <summary>Output of a worker.</summary>
    public string LogOf(string worker)
    {
        using var log = new StreamReader(new FileStream(_folder[$"{worker}/log"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return log.ReadToEnd();
    }

    /// <summary>Process id of a worker.</summary>
    public int ProcessOf(string worker) => _workers[worker].ProcessId;

    /// <summary>Submits clips as one batch.</summary>
    public Task<string> SubmitAsync(params RenderSettings[] clips) => SubmitAsync(new ClipConstraints(), clips);

    /// <summary>Submits clips with the same constraints as one batch.</summary>
    public Task<string> SubmitAsync(ClipConstraints constraints, params RenderSettings[] clips) =>
        SubmitAsync(constraints, model: null, clips);

    /// <summary>Submits clips as one batch, again while the coordinator does not answer.</summary>
    public async Task<string> SubmitPersistentlyAsync(string clientToken, params RenderSettings[] clips)
    {
        var submitted = clips.Select(
            (settings, index) => new SubmittedClip(index + 1, $"{index + 1}.mp4", new ClipConstraints(), settings)).ToList();
        return (await FarmRetry.WithPatience(ex => ex is FarmApiException { IsTransient: true }, Glance, Patience, TimeProvider.System)
            .ExecuteAsync(async token => await Client.SubmitAsync(new SubmitBatch(clientToken, submitted), token))).Id;
    }

    /// <summary>Submits clips for the given model as one batch.</summary>
    public async Task<string> SubmitAsync(ClipConstraints constraints, string? model, params RenderSettings[] clips)
    {
        var submitted = clips.Select((settings, index) => new SubmittedClip(index + 1, $"{index + 1}.mp4", constraints, settings)).ToList();
        return (await Client.SubmitAsync(
            new SubmitBatch(Guid.NewGuid().ToString("N"), submitted, Model: model), CancellationToken.None)).Id;
    }

    /// <summary>Follows a batch until a view satisfies a condition.</summary>
    public Task<BatchView> UntilAsync(string batch, Func<BatchView, bool> condition) =>
        UntilAsync(batch, view => Task.FromResult(condition(view)));

    /// <summary>Follows a batch until a view satisfies an asynchronous condition.</summary>
    public async Task<BatchView> UntilAsync(string batch, Func<BatchView, Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        long? seen = null;
        while (true)
        {
            BatchView view;
            try
            {
                view = await Client.GetBatchAsync(batch, seen, patience.Token);
            }
            catch (FarmApiException ex) when (ex.IsTransient)
            {
                await Task.Delay(Glance, patience.Token); // the coordinator is being replaced
                continue;
            }

            if (await condition(view))
                return view;
            Assert.True(
                view.State == BatchState.Running, $"The batch ended too early: {string.Join("; ", view.Clips.Select(clip => clip.Error))}");
            seen = view.Version;
        }
    }

    /// <summary>Follows a batch to its end; every clip must be finished.</summary>
    public async Task<BatchView> UntilFinishedAsync(string batch)
    {
        var view = await UntilAsync(batch, view => view.State == BatchState.Ended);
        Assert.All(view.Clips, clip => Assert.True(clip.State == ClipState.Finished, clip.Error));
        return view;
    }

    /// <summary>
    /// Freezes a worker in the middle of a stage. A worker that reported the end of its stage just before it froze is resumed and
    /// frozen again.
    /// </summary>
    /// <param name="isMeant">Selects stages by their ids; all when null.</param>
    /// <returns>The stage that the worker holds.</returns>
    public async Task<(int Row, StageView Stage)> FreezeAtWorkAsync(string worker, string batch, Func<string, bool>? isMeant = null)
    {
        while (true)
        {
            await UntilAsync(batch, view => StageOf(worker, view, isMeant) is not null);
            await Signals.FreezeAsync(ProcessOf(worker));
            // A later response of the coordinator proves that it has processed everything the worker sent before.
            await Client.GetFarmAsync(CancellationToken.None);
            if (StageOf(worker, await Client.GetBatchAsync(batch, null, CancellationToken.None), isMeant) is { } stage)
                return stage;
            await Signals.ResumeAsync(ProcessOf(worker));
        }
    }

    /// <summary>Stops the coordinator and reads the trace of a batch, which is then complete.</summary>
    public async Task<BatchTrace> EndWithTraceAsync(string batch)
    {
        await Signals.TerminateAsync(_coordinator.ProcessId);
        await _coordinator.Exited.WaitAsync(Patience);
        return BatchTrace.Read(_folder[$"coordinator/data/traces/{batch}.jsonl"]);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers.Values)
            await worker.DisposeAsync();
        if (_coordinator is not null)
            await _coordinator.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    private static (int Row, StageView Stage)? StageOf(string worker, BatchView view, Func<string, bool>? isMeant) => view.Clips
        .SelectMany(clip => clip.Stages.Select(stage => (clip.Row, Stage: stage)))
        .Where(stage => stage.Stage.State == StageState.Running && stage.Stage.Worker == worker
            && isMeant?.Invoke(stage.Stage.Stage) != false)
        .Select(stage => ((int, StageView)?)stage).FirstOrDefault();
}
