using System.Text.Json;
using MlxVideo.Cli.Farm;
using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Json;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>Workers on other hosts that lose the coordinator, but not always each other, for longer than failure detection.</summary>
[Collection(nameof(SerialCollection))]
public sealed class PartitionTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>, IAsyncLifetime
{
    private const int Rows = 8;
    private const string Left = "Lost the farm at";

    private readonly TemporaryFolder _folder = new();
    private readonly List<CliProcess> _clients = [];
    private VirtualNetwork _network = null!;
    private FarmUnderTest _farm = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        if (_farm is not null)
            await _farm.DisposeAsync();
        _network?.Dispose();
        _folder.Dispose();
    }

    [VirtualNetworkFact]
    public async Task Workers_that_are_cut_off_return_and_none_of_their_late_results_counts()
    {
        await StartAsync(workers: 3);
        var ids = await IdsAsync();
        var undisturbed = await FramesAsync(await Render("undisturbed").WaitForResultAsync(), "undisturbed");
        var client = Render("clips");
        var (batch, stale) = await CutOffAtWorkAsync();

        await _farm.UntilWorkersAsync("worker-3");
        await Task.WhenAll(_network.Hosts[0].UntilWorkerLogsAsync(Left), _network.Hosts[1].UntilWorkerLogsAsync(Left));
        await _farm.UntilAsync(batch, view => stale.All(
            held => StageOf(view, held) is { State: StageState.Done } stage && stage.Attempt != held.Attempt));
        // Work continues during the partition.
        await _farm.UntilFinishedAsync(await _farm.SubmitAsync(Sample.Short(1)));
        Reconnect();

        await _farm.UntilWorkersAsync("worker-1", "worker-2", "worker-3");
        Assert.Equal(undisturbed, await FramesAsync(await client.WaitForResultAsync(), "clips"));
        Assert.Equal(ids, await IdsAsync());
        Assert.All(_network.Hosts, host => Assert.True(host.IsWorkerRunning));
        Assert.DoesNotContain(Left, _network.Hosts[2].WorkerLog, StringComparison.Ordinal);
        Assert.False(_farm.CoordinatorExited.IsCompleted);
        var trace = await _farm.EndWithTraceAsync(batch);
        AssertOneResultPerStage(trace);
        Assert.All(stale, held => Assert.DoesNotContain(
            trace.Lines.OfType<TraceLines.AttemptEnded>(), ended => AddressOf(ended) == held && ended.Outcome == AttemptOutcome.Succeeded));
    }

    [VirtualNetworkFact]
    public async Task Coordinator_that_loses_all_workers_goes_on_when_they_return()
    {
        await StartAsync(workers: 2);
        var ids = await IdsAsync();
        var undisturbed = await FramesAsync(await Render("undisturbed").WaitForResultAsync(), "undisturbed");
        var client = Render("clips");
        var batch = await BatchAsync();
        await _farm.UntilAsync(batch, view => HeldBy(view, "worker-1") is not null && HeldBy(view, "worker-2") is not null);

        _network.SeparateFromHosts();
        await _farm.UntilWorkersAsync();
        await Task.WhenAll(_network.Hosts.Select(host => host.UntilWorkerLogsAsync(Left)));
        _network.ConnectToHosts();

        await _farm.UntilWorkersAsync("worker-1", "worker-2");
        Assert.Equal(undisturbed, await FramesAsync(await client.WaitForResultAsync(), "clips"));
        Assert.Equal(ids, await IdsAsync());
        Assert.All(_network.Hosts, host => Assert.True(host.IsWorkerRunning));
        Assert.False(_farm.CoordinatorExited.IsCompleted);
        AssertOneResultPerStage(await _farm.EndWithTraceAsync(batch));
    }

    [VirtualNetworkFact]
    public async Task Workers_that_reach_the_coordinator_but_not_each_other_stay_in_the_farm()
    {
        await StartAsync(workers: 2);
        _network.Hosts[0].LoseWhatItSendsTo(_network.Hosts[1].Address);
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < FastDetection.LongSleep)
            await _farm.UntilFinishedAsync(await _farm.SubmitAsync(Sample.Short(1), Sample.Short(2)));

        await _farm.UntilWorkersAsync("worker-1", "worker-2");
        Assert.All(_network.Hosts, host => Assert.DoesNotContain(Left, host.WorkerLog, StringComparison.Ordinal));
    }

    private async Task StartAsync(int workers)
    {
        _network = VirtualNetwork.TryCreate()!;
        _farm = await FarmUnderTest.StartWithoutWorkersAsync("--listen", _network.NearAddress, "--trusted-network");
        while (_network.Hosts.Count < workers)
            _network.AddHost();
        var names = Enumerable.Range(1, workers).Select(number => $"worker-{number}").ToArray();
        foreach (var (host, name) in _network.Hosts.Zip(names))
            host.StartWorker(name, _folder[name], _farm.ClusterAddress, model.Folder);
        await _farm.UntilWorkersAsync(names);
    }

    /// <summary>
    /// Cuts worker-1 off completely, and worker-2 only from the coordinator and only in one direction, while both compute stages: worker-3
    /// still reaches worker-2.
    /// </summary>
    /// <returns>The batch and the stages that the two hold.</returns>
    private async Task<(string Batch, IReadOnlyList<Held> Stages)> CutOffAtWorkAsync()
    {
        var batch = await BatchAsync();
        while (true)
        {
            await _farm.UntilAsync(batch, view => HeldBy(view, "worker-1") is not null && HeldBy(view, "worker-2") is not null);
            _network.Hosts[0].Disconnect();
            _network.Hosts[1].LoseWhatItSendsTo(_network.NearAddress);
            var view = await _farm.Client.GetBatchAsync(batch, null, CancellationToken.None);
            if (HeldBy(view, "worker-1") is { } first && HeldBy(view, "worker-2") is { } second)
                return (batch, [first, second]);
            Reconnect(); // one of them reported the end of its stage at the last moment
        }
    }

    private void Reconnect()
    {
        _network.Hosts[0].Connect();
        _network.Hosts[1].DeliverWhatItSendsTo(_network.NearAddress);
    }

    private CliProcess Render(string output)
    {
        var rows = string.Concat(Enumerable.Range(1, Rows).Select(row => $"clip {row},256,256,97\n"));
        var csv = _folder.Write($"{output}.csv", $"prompt,width,height,num_frames\n{rows}");
        var client = CliProcess.Start(
            new Dictionary<string, string?>(), "farm", "submit", csv, "--api", _farm.Api.ToString(), "--wait", "--output", _folder[output]);
        _clients.Add(client);
        return client;
    }

    /// <summary>Waits for the last submitted batch.</summary>
    private async Task<string> BatchAsync()
    {
        while (true)
        {
            var list = await _farm.Client.GetBatchesAsync(CancellationToken.None);
            if (list.SingleOrDefault(batch => batch.State == BatchState.Running) is { } running)
                return running.Id;
            await Task.Delay(TimeSpan.FromMilliseconds(100)); // polls: there is no notification for it
        }
    }

    /// <summary>Checks that a client delivered every row once.</summary>
    /// <returns>The frames' hashes by row.</returns>
    private async Task<IReadOnlyList<string>> FramesAsync(CliResult result, string output)
    {
        result.AssertDone();
        var report = JsonSerializer.Deserialize<BatchReport>(
            await File.ReadAllTextAsync(Path.Combine(_folder[output], BatchReport.FileName)), FarmJson.Options)!;
        Assert.Equal(Enumerable.Range(1, Rows), report.Clips.Select(clip => clip.Row));
        Assert.Equal(
            report.Clips.Select(clip => clip.Output).Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(_folder[output], "*.mp4").Select(Path.GetFileName).Order(StringComparer.Ordinal));
        return await Task.WhenAll(report.Clips.Select(clip => ClipFile.Framemd5Async(Path.Combine(_folder[output], clip.Output))));
    }

    private async Task<IReadOnlyList<string>> IdsAsync() =>
        (await _farm.Client.GetFarmAsync(CancellationToken.None)).Workers.Select(worker => $"{worker.Name} {worker.Id}")
            .Order(StringComparer.Ordinal).ToList();

    private static void AssertOneResultPerStage(BatchTrace trace)
    {
        var results = trace.Lines.OfType<TraceLines.AttemptEnded>().Where(ended => ended.Outcome == AttemptOutcome.Succeeded)
            .Select(ended => (ended.Row, ended.Stage))
            .Concat(trace.Lines.OfType<TraceLines.ResultShared>().Select(shared => (shared.Row, shared.Stage))).ToList();
        Assert.Equal(results.Distinct().Order(), results.Order());
        var stages = trace.Lines.OfType<TraceLines.AttemptStarted>().Select(started => (started.Row, started.Stage)).Distinct();
        Assert.Empty(stages.Except(results));
        Assert.Equal(
            Enumerable.Range(1, Rows), trace.Lines.OfType<TraceLines.ClipEnded>().Select(clip => clip.Row).Order());
    }

    private static Held? HeldBy(BatchView view, string worker) => view.Clips
        .SelectMany(clip => clip.Stages.Select(stage => (clip.Row, Stage: stage)))
        .Where(each => each.Stage.State == StageState.Running && each.Stage.Worker == worker
            && each.Stage.Stage.StartsWith("denoise", StringComparison.Ordinal))
        .Select(each => new Held(each.Row, each.Stage.Stage, each.Stage.Attempt)).FirstOrDefault();

    private static StageView StageOf(BatchView view, Held held) =>
        view.Clips.Single(clip => clip.Row == held.Row).Stages.Single(stage => stage.Stage == held.Stage);

    private static Held AddressOf(TraceLines.AttemptEnded ended) => new(ended.Row, ended.Stage, ended.Attempt);

    /// <summary>An attempt that a worker held when it was cut off.</summary>
    private sealed record Held(int Row, string Stage, int Attempt);
}
