using System.Diagnostics;
using MlxVideo.Cli.Files;
using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Commands.Requests;
using MlxVideo.Shared.Renders;
using MlxVideo.Worker.Engine.Processes;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>Engine processes of real workers that are killed, abort or hang during a batch.</summary>
[Collection(nameof(SerialCollection))]
public sealed class EngineProcessTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>, IDisposable
{
    private const string Name = "worker-1";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Killed_engine_costs_one_attempt_and_changes_no_frame()
    {
        await using var farm = await FarmUnderTest.StartAsync(
            model.Folder, workers: 1, settings: new Dictionary<string, string> { ["Worker:ResumeInterval"] = "00:00:00" });
        var undisturbed = await farm.UntilFinishedAsync(await farm.SubmitAsync(Slow));

        var batch = await farm.SubmitAsync(Slow);
        var (engine, stage) = await FreezeEngineAsync(farm, batch);
        await Signals.KillAsync(engine);
        var view = await farm.UntilFinishedAsync(batch);

        Assert.Equal(undisturbed.Clips[0].Framemd5, view.Clips[0].Framemd5);
        Assert.All(
            view.Clips[0].Stages.Where(each => each.Worker == Name),
            each => Assert.Equal(each.Stage == stage ? 2 : 1, each.Attempt));
        Assert.NotEqual(engine, EngineOf(farm.DataOf(Name)));
        Assert.Single((await farm.Client.GetFarmAsync(CancellationToken.None)).Workers);
        using (var worker = Process.GetProcessById(farm.ProcessOf(Name)))
            Assert.False(worker.HasExited);
        Assert.Contains($"Stage {stage} continues after step", farm.LogOf(Name), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(farm.DataOf(Name), "resume")));
    }

    [Fact]
    public async Task Engine_of_a_killed_worker_ends_on_its_own()
    {
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 1);
        var batch = await farm.SubmitAsync(Slow);
        var (engine, _) = await FreezeEngineAsync(farm, batch);
        await Signals.KillAsync(farm.ProcessOf(Name));
        await Signals.ResumeAsync(engine);
        await AssertEndsAsync(engine);
    }

    [Fact]
    public async Task Suspended_engine_of_a_killed_worker_is_ended_by_the_next_start()
    {
        await using var farm = await FarmUnderTest.StartWithoutWorkersAsync();
        var environment = new Dictionary<string, string?>();
        int engine;
        using (var worker = StartWorker(farm.ClusterAddress, environment))
        {
            await worker.WaitForOutputAsync("ready worker");
            await farm.UntilWorkersAsync(Name);
            engine = EngineOf(_folder["data"]);
            await Signals.FreezeAsync(engine);
            await Signals.KillAsync(worker.Id);
        }

        await farm.UntilWorkersAsync();
        using var again = StartWorker(farm.ClusterAddress, environment);
        await again.WaitForOutputAsync("ready worker");
        await AssertEndsAsync(engine);
        await Signals.TerminateAsync(again.Id);
        Assert.Contains($"Ending process {engine}", (await again.WaitForResultAsync()).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Aborting_engine_costs_one_attempt_and_its_last_words_reach_the_log()
    {
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 1);
        var undisturbed = await farm.UntilFinishedAsync(await farm.SubmitAsync(Sample.Short(1)));
        await Signals.TerminateAsync(farm.ProcessOf(Name));
        await farm.UntilWorkersAsync();

        // The second denoise stage of each process: a new process completes it.
        using var worker = StartWorker(farm.ClusterAddress, Fault("abort:denoise:2"));
        await worker.WaitForOutputAsync("ready worker");
        var view = await farm.UntilFinishedAsync(await farm.SubmitAsync(Sample.Short(1)));
        Assert.Equal(undisturbed.Clips[0].Framemd5, view.Clips[0].Framemd5);
        Assert.Equal(2, view.Clips[0].Stages.Single(stage => stage.Stage == "denoise-2").Attempt);
        Assert.Equal(1, view.Clips[0].Stages.Single(stage => stage.Stage == "denoise-1").Attempt);
        await Signals.TerminateAsync(worker.Id);
        var ended = await worker.WaitForResultAsync();
        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("MLXVIDEO_ENGINE_FAULT requests a fault: Abort.", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hanging_engine_is_replaced_after_its_stage_is_cancelled()
    {
        await using var farm = await FarmUnderTest.StartWithoutWorkersAsync();
        using var worker = StartWorker(farm.ClusterAddress, Fault("hang:upsample"), stopTimeout: "00:00:02");
        await worker.WaitForOutputAsync("ready worker");
        var engine = EngineOf(_folder["data"]);

        var stuck = await farm.SubmitAsync(Sample.Short(1));
        await farm.UntilAsync(stuck, view => view.Clips[0].Stages.Any(
            stage => stage is { Stage: "upsample", State: StageState.Running, Steps: > 0 }));
        await farm.Client.Commands.ExecuteAsync(new CancelBatch(stuck), CancellationToken.None);
        await farm.UntilFinishedAsync(await farm.SubmitAsync(Sample.Guided));
        Assert.NotEqual(engine, EngineOf(_folder["data"]));
        await Signals.TerminateAsync(worker.Id);
        Assert.Contains("The engine did not stop within 2 s", (await worker.WaitForResultAsync()).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Worker_with_a_hanging_engine_stops_in_time()
    {
        await using var farm = await FarmUnderTest.StartWithoutWorkersAsync();
        using var worker = StartWorker(farm.ClusterAddress, Fault("hang:encode-prompt"), stopTimeout: "00:00:01");
        await worker.WaitForOutputAsync("ready worker");
        var engine = EngineOf(_folder["data"]);
        await farm.UntilAsync(await farm.SubmitAsync(Sample.Short(1)), view => view.Clips[0].Stages.Any(
            stage => stage is { Stage: "encode-prompt", State: StageState.Running, Steps: > 0 }));
        await Signals.TerminateAsync(worker.Id);
        Assert.Equal(0, (await worker.WaitForResultAsync()).ExitCode);
        await AssertEndsAsync(engine);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A clip whose denoise steps take long enough to be observed on a busy machine.</summary>
    private static RenderSettings Slow => Sample.Long with { NumFrames = 161 };

    private static int EngineOf(string dataFolder) => EngineRecord.Read(dataFolder)!.ProcessId;

    private static Dictionary<string, string?> Fault(string fault) => new() { ["MLXVIDEO_ENGINE_FAULT"] = fault };

    /// <summary>Freezes the engine process in the middle of a denoise stage. Returns its id and the stage's.</summary>
    private static async Task<(int Engine, string Stage)> FreezeEngineAsync(FarmUnderTest farm, string batch)
    {
        var engine = EngineOf(farm.DataOf(Name));
        while (true)
        {
            await farm.UntilAsync(batch, view => AtWork(view) is not null);
            await Signals.FreezeAsync(engine);
            // A later response of the coordinator proves that it has processed everything sent before.
            await farm.Client.GetFarmAsync(CancellationToken.None);
            if (AtWork(await farm.Client.GetBatchAsync(batch, null, CancellationToken.None)) is { } stage)
                return (engine, stage);
            await Signals.ResumeAsync(engine);
        }

        static string? AtWork(BatchView view) => view.Clips[0].Stages.FirstOrDefault(stage =>
            stage.State == StageState.Running && stage.Stage.StartsWith("denoise", StringComparison.Ordinal)
            && stage.Step > 1 && stage.Step < stage.Steps)?.Stage;
    }

    /// <summary>Fails unless a process ends. Polls, because the exit of foreign processes raises no event.</summary>
    private static async Task AssertEndsAsync(int processId)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (IsRunning(processId))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"Process {processId} is still running.");
            await Task.Delay(Glance);
        }
    }

    private static bool IsRunning(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private CliProcess StartWorker(string cluster, Dictionary<string, string?> environment, string stopTimeout = "00:00:30")
    {
        var data = Directory.CreateDirectory(_folder["data"]).FullName;
        FastDetection.Write(data, new Dictionary<string, string> { ["Worker:EngineStopTimeout"] = stopTimeout });
        return CliProcess.StartInShell(
            $"exec \"$1\" '{Installation.Daemon("Worker")}' --join {cluster} --name {Name} --data '{data}' --model '{model.Folder}' "
            + $"--parent-pid {Environment.ProcessId}", environment);
    }
}
