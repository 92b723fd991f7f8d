using System.Collections.Concurrent;
using System.Diagnostics;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Sampling;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Processes;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;
using MlxVideo.Worker.Engine;
using MlxVideo.Worker.Engine.Channel;
using MlxVideo.Worker.Engine.Processes;
using MlxVideo.Worker.Hosting;

namespace MlxVideo.Worker.Tests.Engine;

/// <summary>The engine in a real child process.</summary>
public sealed class EngineProcessTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly RenderSettings Settings = new()
    {
        Prompt = "A red fox runs through fresh snow.",
        NegativePrompt = "blurry",
        Pipeline = PipelineKind.OneStage,
        Guided = GuidedSampling.Official with { Steps = 4 },
        Width = 64,
        Height = 64,
        NumFrames = 9,
        Seed = 7,
    };

    private static readonly EncodePromptStage Encode = StageOf<EncodePromptStage>();
    private static readonly EncodePromptStage EncodeNegative =
        StagePlanner.Plan(Settings).Stages.OfType<EncodePromptStage>().Last();

    private static readonly DenoiseStage Denoise = StageOf<DenoiseStage>();

    private readonly TemporaryFolder _folder = new();
    private readonly ManualClock _clock = new();
    private readonly List<string> _log = [];
    private readonly List<string> _seen = [];

    [Fact]
    public async Task Stages_give_the_same_bytes_as_in_this_process()
    {
        var expected = RunHere();
        await using var engine = Engine();
        var started = await engine.StartAsync(CancellationToken.None);
        Assert.Equal(("cpu", 64), (started.Device, started.Model.Length));
        Assert.True(started.Capabilities!.TeraflopsPerSecond > 0);
        Assert.Equal(started.Arithmetic, started.Capabilities.Arithmetic);

        await SignalAsync("INT"); // as from a terminal: the worker decides when to stop
        if (OperatingSystem.IsLinux())
            Assert.Equal("500\n", File.ReadAllText($"/proc/{EngineRecord.Read(_folder.Path)!.ProcessId}/oom_score_adj"));
        var contexts = await RunAsync(engine, Encode, []);
        Assert.Equal(["loaded TextEncoder", "0/1", "1/1"], _seen);
        foreach (var (name, file) in await RunAsync(engine, EncodeNegative, []))
            contexts[name] = file;
        await engine.PrepareAsync(ModelComponent.Transformer);
        _seen.Clear();
        var exchange = new LocalHelper(tiny, _folder, contexts);
        var latents = await RunAsync(engine, Denoise, contexts, exchange);
        Assert.Equal(["0/4", "1/4", "2/4", "3/4", "4/4"], _seen);
        Assert.Equal([0, 1, 2, 3], exchange.Delivered);
        Assert.All(Denoise.Outputs, output => Assert.Equal(File.ReadAllBytes(expected[output]), File.ReadAllBytes(latents[output])));
        Assert.Empty(_log);
    }

    [Fact]
    public async Task Evaluations_are_computed_for_another_machine()
    {
        var files = RunHere();
        await using var engine = Engine();
        await engine.StartAsync(CancellationToken.None);
        await engine.PrepareAsync(Denoise, files, CancellationToken.None);
        var helper = new RemoteHelper(engine, _folder, files);
        using var runner = new StageRunner(tiny.Model);
        var outputs = Outputs(Denoise);
        runner.Run(Denoise, files, outputs, null, CancellationToken.None, helper);
        Assert.All(Denoise.Outputs, output => Assert.Equal(File.ReadAllBytes(files[output]), File.ReadAllBytes(outputs[output])));
    }

    [Fact]
    public async Task Killed_process_costs_one_run_and_the_next_one_continues_with_the_same_bits()
    {
        var expected = RunHere();
        await using var engine = Engine();
        await engine.StartAsync(CancellationToken.None);
        var process = EngineRecord.Read(_folder.Path)!.ProcessId;

        var failure = await Assert.ThrowsAsync<StageException>(() => RunAsync(engine, Denoise, expected, onStep: step =>
        {
            if (step == 2)
                Process.GetProcessById(process).Kill();
        }));
        Assert.Equal(
            (FailureKind.Machine, "The engine process ended with signal 9 (SIGKILL)."), (failure.Kind, failure.Message));
        Assert.Equal("resident: ", _seen[^1]);
        Assert.Null(engine.FindProblem());

        _seen.Clear();
        var latents = await RunAsync(engine, Denoise, expected);
        Assert.NotEqual(process, EngineRecord.Read(_folder.Path)!.ProcessId);
        Assert.Equal("loaded Transformer", _seen[0]);
        Assert.NotEqual("0/4", _seen[1]); // continued
        Assert.Contains(_log, line => line.StartsWith("Stage denoise-1 continues after step ", StringComparison.Ordinal));
        Assert.All(Denoise.Outputs, output => Assert.Equal(File.ReadAllBytes(expected[output]), File.ReadAllBytes(latents[output])));
    }

    [Fact]
    public async Task Aborted_process_is_a_failure_of_the_machine_with_the_last_lines()
    {
        await using var engine = Engine("abort:encode-prompt");
        var lines = new ConcurrentQueue<string>();
        engine.LineWritten += lines.Enqueue;
        await engine.StartAsync(CancellationToken.None);
        var outputs = Outputs(Encode);
        await File.WriteAllTextAsync($"{outputs.Values.Single()}.partial", "cut off");
        var failure = await Assert.ThrowsAsync<StageException>(() => RunAsync(engine, Encode, [], outputs: outputs));
        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "*.partial"));
        Assert.Equal(FailureKind.Machine, failure.Kind);
        Assert.StartsWith("The engine process ended with signal 6 (SIGABRT); last lines", failure.Message, StringComparison.Ordinal);
        Assert.Contains("MLXVIDEO_ENGINE_FAULT requests a fault: Abort.", failure.Message, StringComparison.Ordinal);
        Assert.Contains("MLXVIDEO_ENGINE_FAULT requests a fault: Abort.", lines);
        await engine.PrepareAsync(ModelComponent.Upsampler);
        Assert.Equal("loaded Upsampler", _seen[^1]);
    }

    [Fact]
    public async Task Engine_that_does_not_react_to_cancellation_is_killed()
    {
        await using var engine = Engine("hang:encode-prompt");
        await engine.StartAsync(CancellationToken.None);
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(
            engine, Encode, [], onStep: _ => cancellation.Cancel(), cancellationToken: cancellation.Token)).WaitAsync(Patience);
        Assert.Contains(_log, line => line.StartsWith("The engine did not stop within 1 s", StringComparison.Ordinal));
        await engine.PrepareAsync(ModelComponent.Upsampler);
    }

    [Fact]
    public async Task Computing_process_is_killed_when_the_worker_stops()
    {
        var engine = Engine("hang:encode-prompt");
        await engine.StartAsync(CancellationToken.None);
        using var process = Process.GetProcessById(EngineRecord.Read(_folder.Path)!.ProcessId);
        var begun = new TaskCompletionSource();
        var run = RunAsync(engine, Encode, [], onStep: _ => begun.TrySetResult());
        await begun.Task.WaitAsync(Patience);
        await engine.DisposeAsync().AsTask().WaitAsync(Patience);
        await Assert.ThrowsAsync<StageException>(() => run);
        Assert.True(process.HasExited);
        Assert.Null(EngineRecord.Read(_folder.Path));
    }

    [Fact]
    public async Task Unusable_model_is_the_owners_fault()
    {
        await using var engine = Engine(model: _folder.File("nothing"));
        var failure = await Assert.ThrowsAsync<EngineInputException>(() => engine.StartAsync(CancellationToken.None));
        Assert.Contains(_folder.File("nothing"), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Process_of_another_build_is_refused()
    {
        await using var engine = Engine(version: "an older build");
        var failure = await Assert.ThrowsAsync<EngineRefusedException>(() => engine.StartAsync(CancellationToken.None));
        Assert.Contains("built again", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Process_that_ends_at_its_start_is_reported_with_its_output()
    {
        await using var engine = Engine(script: "echo 'libtorch is missing' >&2; exit 3");
        var failure = await Assert.ThrowsAsync<IOException>(() => engine.StartAsync(CancellationToken.None));
        Assert.Equal("The engine process ended with exit code 3; last lines of its output: libtorch is missing", failure.Message);
    }

    [Fact]
    public async Task Failed_restart_is_the_problem_of_the_worker_until_one_succeeds()
    {
        var flag = _folder.File("fail");
        await using var engine = Engine(script: $"test ! -e '{flag}' || exit 3; exec \"$@\"");
        await engine.StartAsync(CancellationToken.None);
        await File.WriteAllTextAsync(flag, "");
        await KillAsync(engine);

        for (var attempt = 0; attempt < 2; attempt++)
        {
            var failure = await Assert.ThrowsAsync<StageException>(() => engine.PrepareAsync(ModelComponent.Upsampler));
            Assert.Equal(
                (FailureKind.Preempted, "The engine process ended with exit code 3."), (failure.Kind, failure.Message));
            Assert.Equal("The engine process ended with exit code 3.", engine.FindProblem());
        }

        File.Delete(flag);
        await Assert.ThrowsAsync<StageException>(() => engine.PrepareAsync(ModelComponent.Upsampler)); // still paused
        _clock.Advance(TimeSpan.FromMinutes(1));
        await engine.PrepareAsync(ModelComponent.Upsampler);
        Assert.Null(engine.FindProblem());
    }

    public void Dispose() => _folder.Dispose();

    private static TStage StageOf<TStage>()
        where TStage : Stage => StagePlanner.Plan(Settings).Stages.OfType<TStage>().First();

    /// <param name="fault">Fault of the process; null for none.</param>
    /// <param name="script">Shell script that starts the process from its arguments; null to start it directly.</param>
    private EngineProcess Engine(string? fault = null, string? model = null, string? script = null, string? version = null)
    {
        string[] command = [DotnetHost.Program, typeof(WorkerHost).Assembly.Location, EngineHost.Verb];
        script ??= $"export {EngineFault.Variable}={fault}; exec \"$@\"";
        var engine = new EngineProcess(
            new EngineProcessSettings("/bin/sh", ["-c", script, "sh", .. command], _folder.Path, TimeSpan.FromSeconds(1)),
            new StartEngine
            {
                Version = version ?? EngineChannel.Version,
                Model = model ?? tiny.Model.Path,
                Device = "cpu",
                Dtype = "float32",
                Kernels = "plain",
                Threads = 1,
                ResumeFolder = _folder.File("resume"),
            },
            line =>
            {
                lock (_log)
                    _log.Add(line);
            },
            _clock);
        engine.ComponentsChanged += change => See(
            change.Loaded is { } loaded ? $"loaded {loaded}" : $"resident: {string.Join(' ', change.Resident)}");
        return engine;
    }

    private void See(string what)
    {
        lock (_seen)
            _seen.Add(what);
    }

    private Dictionary<string, string> Outputs(Stage stage) =>
        stage.Outputs.ToDictionary(output => output, output => _folder.File($"{Guid.NewGuid():N}"));

    /// <summary>Runs all three stages with an engine in this process.</summary>
    private Dictionary<string, string> RunHere()
    {
        using var runner = new StageRunner(tiny.Model);
        var files = new Dictionary<string, string>();
        foreach (var stage in new Stage[] { Encode, EncodeNegative, Denoise })
        {
            foreach (var (name, file) in Outputs(stage))
                files[name] = file;
            runner.Run(stage, files, files, null, CancellationToken.None);
        }

        return files;
    }

    private async Task<Dictionary<string, string>> RunAsync(
        EngineProcess engine, Stage stage, Dictionary<string, string> inputs, IEvaluationExchange? exchange = null,
        Action<int>? onStep = null, Dictionary<string, string>? outputs = null, CancellationToken cancellationToken = default)
    {
        outputs ??= Outputs(stage);
        var digests = stage.Inputs.ToDictionary(input => input, input => BlobRef.OfFile(inputs[input]).Digest);
        await engine.RunAsync(
            new StageRun(stage, inputs, outputs, digests),
            (step, steps) =>
            {
                See($"{step}/{steps}");
                onStep?.Invoke(step);
            },
            exchange ?? new NoHelper(), cancellationToken);
        return outputs;
    }

    /// <summary>Kills the process and waits until the engine has noticed.</summary>
    private async Task KillAsync(EngineProcess engine)
    {
        var ended = new TaskCompletionSource();
        engine.ComponentsChanged += _ => ended.TrySetResult();
        using var process = Process.GetProcessById(EngineRecord.Read(_folder.Path)!.ProcessId);
        process.Kill();
        await ended.Task.WaitAsync(Patience);
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {EngineRecord.Read(_folder.Path)!.ProcessId}"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    private sealed class NoHelper : IEvaluationExchange
    {
        public int Offer(int step, int evaluations, Action<string> writeTokens) => 0;

        public string? Receive(int step) => throw new InvalidOperationException();

        public void Reject(int step, string reason) => throw new InvalidOperationException(reason);
    }

    /// <summary>Computes one evaluation per step in this process.</summary>
    private sealed class LocalHelper(TinyModelFolder tiny, TemporaryFolder folder, Dictionary<string, string> inputs) : IEvaluationExchange
    {
        public List<int> Delivered { get; } = [];

        public int Offer(int step, int evaluations, Action<string> writeTokens)
        {
            writeTokens(folder.File("tokens"));
            return 1;
        }

        public string? Receive(int step)
        {
            using var runner = new StageRunner(tiny.Model);
            runner.RunEvaluations(Denoise, inputs, step, 1, folder.File("tokens"), folder.File("velocities"), CancellationToken.None);
            Delivered.Add(step);
            return folder.File("velocities");
        }

        public void Reject(int step, string reason) => throw new InvalidOperationException(reason);
    }

    /// <summary>Computes two evaluations per step in the engine process.</summary>
    private sealed class RemoteHelper(EngineProcess engine, TemporaryFolder folder, Dictionary<string, string> inputs) : IEvaluationExchange
    {
        public int Offer(int step, int evaluations, Action<string> writeTokens)
        {
            writeTokens(folder.File("tokens"));
            return 2;
        }

        public string? Receive(int step)
        {
            engine.RunEvaluationsAsync(
                new EvaluationsRun(Denoise, inputs, step, 2, folder.File("tokens"), folder.File("velocities")), CancellationToken.None)
                .Wait(Patience);
            return folder.File("velocities");
        }

        public void Reject(int step, string reason) => throw new InvalidOperationException(reason);
    }
}
