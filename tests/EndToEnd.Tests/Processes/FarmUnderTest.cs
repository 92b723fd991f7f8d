using System.Globalization;
using MlxVideo.Cli.Demo;
using MlxVideo.Cli.Tests;
using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>A coordinator and workers as processes, with what tests do to them.</summary>
public sealed class FarmUnderTest : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Dictionary<string, Daemon> _workers = [];
    private readonly string _workerProject;
    private readonly IReadOnlyList<string> _workerArguments;
    private Daemon _coordinator = null!;
    private string _cluster = null!;

    private FarmUnderTest(string workerProject, IReadOnlyList<string> workerArguments) =>
        (_workerProject, _workerArguments) = (workerProject, workerArguments);

    /// <summary>Address of the coordinator's API.</summary>
    public Uri Api { get; private set; } = null!;

    /// <summary>The coordinator's cluster address.</summary>
    public string ClusterAddress => _cluster;

    /// <summary>A client of it.</summary>
    public FarmClient Client => new(_http, Api);

    /// <summary>Starts a coordinator and workers <c>worker-1</c>, <c>worker-2</c> and so on.</summary>
    /// <param name="model">Folder of the model.</param>
    /// <param name="workers">How many workers.</param>
    /// <param name="prepare">Prepares the coordinator's data folder.</param>
    public static Task<FarmUnderTest> Start(string model, int workers, Action<string>? prepare = null) =>
        Start("Worker", ["--model", model], Enumerable.Range(1, workers).Select(number => $"worker-{number}"), prepare);

    /// <summary>Starts a coordinator alone; workers are added with models of their own.</summary>
    /// <param name="coordinatorArguments">What else the coordinator is told.</param>
    public static Task<FarmUnderTest> StartWithoutWorkers(params string[] coordinatorArguments) =>
        Start("Worker", [], [], prepare: null, coordinatorArguments);

    /// <summary>Starts a coordinator and workers whose engine is a timer, one for each Mac.</summary>
    /// <param name="farmFile">The file of the Macs.</param>
    /// <param name="macs">Their names.</param>
    /// <param name="timeLapse">How many times as fast as in the file they are.</param>
    /// <param name="seed">Seed of their times.</param>
    public static Task<FarmUnderTest> StartTimed(string farmFile, IEnumerable<string> macs, double timeLapse, int seed) => Start(
        "TimedWorker",
        ["--farm", farmFile, "--time-lapse", timeLapse.ToString(CultureInfo.InvariantCulture), "--seed",
            seed.ToString(CultureInfo.InvariantCulture)],
        macs);

    private static async Task<FarmUnderTest> Start(
        string workerProject, IReadOnlyList<string> workerArguments, IEnumerable<string> workers, Action<string>? prepare = null,
        params string[] coordinatorArguments)
    {
        var farm = new FarmUnderTest(workerProject, workerArguments);
        try
        {
            prepare?.Invoke(farm._folder["coordinator/data"]);
            farm._coordinator = Daemon.Start(
                "Coordinator", "coordinator", farm._folder["coordinator"],
                ["--cluster-port", "0", "--http-port", "0", .. coordinatorArguments]);
            var ready = await farm._coordinator.Ready(CancellationToken.None).WaitAsync(Patience);
            (farm.Api, farm._cluster) = (new Uri(ready["http"]), ready["cluster"]);
            await Task.WhenAll(workers.Select(name => farm.AddWorker(name)));
            return farm;
        }
        catch
        {
            await farm.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a worker and waits until it is in the farm.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="arguments">What else it is told.</param>
    public async Task AddWorker(string name, params string[] arguments)
    {
        var worker =
            Daemon.Start(_workerProject, name, _folder[name], ["--join", _cluster, "--name", name, .. _workerArguments, .. arguments]);
        lock (_workers)
            _workers.Add(name, worker);
        await worker.Ready(CancellationToken.None).WaitAsync(Patience);
    }

    /// <summary>Starts a worker whose data folder is prepared first.</summary>
    public Task AddWorker(string name, Action<string> prepare)
    {
        prepare(_folder[$"{name}/data"]);
        return AddWorker(name);
    }

    /// <summary>Process id of the coordinator.</summary>
    public int CoordinatorProcess => _coordinator.ProcessId;

    /// <summary>Starts a coordinator in place of one that has been told to end, with its data folder and its ports.</summary>
    public async Task StartCoordinatorAgain()
    {
        await _coordinator.Exited.WaitAsync(Patience);
        await _coordinator.DisposeAsync();
        _coordinator = Daemon.Start(
            "Coordinator", "coordinator", _folder["coordinator"], "--cluster-port", _cluster.Split(':')[^1], "--http-port", $"{Api.Port}");
        await _coordinator.Ready(CancellationToken.None).WaitAsync(Patience);
    }

    /// <summary>Waits until exactly these workers are in the farm; nothing tells of it, so it is asked for again and again.</summary>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> UntilWorkers(params string[] names)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            IEnumerable<string> present = [];
            try
            {
                present = (await Client.Farm(CancellationToken.None)).Workers.Select(worker => worker.Name).Order(StringComparer.Ordinal);
            }
            catch (FarmApiException ex) when (ex.IsTransient)
            {
                // Busy, as right after it was frozen.
            }

            if (present.SequenceEqual(names))
                return TimeProvider.System.GetElapsedTime(began);
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"In the farm are: {string.Join(", ", present)}");
            await Task.Delay(Glance);
        }
    }

    /// <summary>Process id of a worker.</summary>
    public int ProcessOf(string worker) => _workers[worker].ProcessId;

    /// <summary>Submits clips as one batch.</summary>
    public Task<string> Submit(params RenderSettings[] clips) => Submit(new ClipConstraints(), clips);

    /// <summary>Submits clips of the same constraints as one batch.</summary>
    public Task<string> Submit(ClipConstraints constraints, params RenderSettings[] clips) => Submit(constraints, model: null, clips);

    /// <summary>Submits clips that one of several models is to render.</summary>
    public async Task<string> Submit(ClipConstraints constraints, string? model, params RenderSettings[] clips)
    {
        var submitted = clips.Select((settings, index) => new SubmittedClip(index + 1, $"{index + 1}.mp4", constraints, settings)).ToList();
        return (await Client.Submit(new SubmitBatch(Guid.NewGuid().ToString("N"), submitted, Model: model), CancellationToken.None)).Id;
    }

    /// <summary>Follows a batch until a view satisfies a condition.</summary>
    public Task<BatchView> Until(string batch, Func<BatchView, bool> condition) => Until(batch, view => Task.FromResult(condition(view)));

    /// <summary>Follows a batch until a view satisfies a condition that has to ask for more.</summary>
    public async Task<BatchView> Until(string batch, Func<BatchView, Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        long? seen = null;
        while (true)
        {
            var view = await Client.Batch(batch, seen, patience.Token);
            if (await condition(view))
                return view;
            Assert.True(
                view.State == BatchState.Running, $"The batch ended too early: {string.Join("; ", view.Clips.Select(clip => clip.Error))}");
            seen = view.Version;
        }
    }

    /// <summary>
    /// Submits a clip until a view of its batch satisfies a condition that hangs on how fast the workers seem to be: when the
    /// machine does something else meanwhile, one of them may seem too slow to take part, and the clip is rendered without it.
    /// </summary>
    public async Task<BatchView> SubmitUntil(RenderSettings clip, Func<BatchView, Task<bool>> condition)
    {
        const int mostTries = 5;
        for (var tries = 0; tries < mostTries; tries++)
        {
            var isSatisfied = false;
            var view =
                await Until(await Submit(clip), async view => (isSatisfied = await condition(view)) || view.State == BatchState.Ended);
            if (isSatisfied)
                return view;
            Assert.Equal(ClipState.Finished, view.Clips.Single().State);
        }

        throw new Xunit.Sdk.XunitException($"What was waited for happened in none of {mostTries} batches.");
    }

    /// <summary>Follows a batch to its end; every clip must be finished.</summary>
    public async Task<BatchView> UntilFinished(string batch)
    {
        var view = await Until(batch, view => view.State == BatchState.Ended);
        Assert.All(view.Clips, clip => Assert.True(clip.State == ClipState.Finished, clip.Error));
        return view;
    }

    /// <summary>
    /// Freezes a worker in the middle of a stage, so that it is sure to hold one: the frozen process may have reported its
    /// last stage just before, then it goes on and is frozen again.
    /// </summary>
    /// <returns>The stage that it holds.</returns>
    public async Task<(int Row, StageView Stage)> FreezeAtWork(string worker, string batch)
    {
        while (true)
        {
            await Until(batch, view => StageOf(worker, view) is not null);
            await Signals.Freeze(ProcessOf(worker));
            // Anything that it had sent before has been counted once a later answer of the coordinator is here.
            await Client.Farm(CancellationToken.None);
            if (StageOf(worker, await Client.Batch(batch, null, CancellationToken.None)) is { } stage)
                return stage;
            await Signals.Resume(ProcessOf(worker));
        }
    }

    /// <summary>Ends the coordinator and reads what it wrote down of a batch, which is whole then.</summary>
    public async Task<BatchTrace> EndWithTrace(string batch)
    {
        await Signals.Terminate(_coordinator.ProcessId);
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

    private static (int Row, StageView Stage)? StageOf(string worker, BatchView view) => view.Clips
        .SelectMany(clip => clip.Stages.Select(stage => (clip.Row, Stage: stage)))
        .Where(stage => stage.Stage.State == StageState.Running && stage.Stage.Worker == worker)
        .Select(stage => ((int, StageView)?)stage).FirstOrDefault();
}
