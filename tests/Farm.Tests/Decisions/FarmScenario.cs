using MlxVideo.Farm;
using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.Tests.Decisions;

/// <summary>Drives a farm with a manual clock and, where a test provides them, scripted decisions.</summary>
internal sealed class FarmScenario : ISchedulingPolicy
{
    private readonly Scheduler _scheduler = new();
    private Decision? _next;

    public FarmScenario() => Farm = new FarmAggregate(this);

    public FarmAggregate Farm { get; }

    public FarmState State => Farm.State;

    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Capabilities of a worker with ample memory and all components.</summary>
    public static WorkerCapabilities Capabilities { get; } = new()
    {
        MemoryBytes = 64L << 30,
        WeightBytes = 48L << 30,
        TeraflopsPerSecond = 10,
        DiskBytesPerSecond = 1e9,
        LinkBytesPerSecond = 1e8,
        Precision = "float32",
        Arithmetic = "arm64 cpu float32 plain 1",
        BytesPerElement = 4,
        Components = Enum.GetValues<ModelComponent>().Select(component => new ComponentSize(component, 1L << 30, 1L << 30)).ToList(),
    };

    public static RenderSettings Settings(int row = 1, int frames = 9) =>
        new() { Prompt = $"clip {row}", Width = 128, Height = 128, NumFrames = frames, Seed = row };

    public static BlobRef Blob(string name) =>
        new(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name))), name.Length);

    public FarmScenario WithBatch(string id, params RenderSettings[] clips) =>
        WithBatch(
            id, weight: 1,
            clips.Select((settings, index) => new ClipRequest(index + 1, $"{index + 1}.mp4", new ClipConstraints(), settings)).ToArray());

    /// <summary>Submits a batch for the given model.</summary>
    public FarmScenario WithBatch(string id, string model, params RenderSettings[] clips)
    {
        var submitted = clips.Select((settings, index) => new ClipRequest(index + 1, $"{index + 1}.mp4", new ClipConstraints(), settings))
            .ToList();
        Farm.Submit(id, new BatchRequest($"token-{id}", submitted, Model: model), Now);
        return this;
    }

    public FarmScenario WithBatch(string id, double weight, params ClipRequest[] clips)
    {
        Farm.Submit(id, new BatchRequest($"token-{id}", clips, weight), Now);
        return this;
    }

    public FarmScenario WithWorker(string id, string model = "m", string epoch = "e1", WorkerCapabilities? capabilities = null)
    {
        Farm.Register(new RegisterWorker(id, epoch, id, "cpu", model, capabilities ?? Capabilities, $"model {model}", []), Now);
        return this;
    }

    public FarmScenario WithoutWorker(string id)
    {
        Farm.Remove(id, FailureKind.Preempted, "it left", Now);
        return this;
    }

    /// <summary>Runs the scheduler and returns the assignments of the started attempts.</summary>
    public IReadOnlyList<Assignment> Schedule() => Farm.Schedule(Now).Events.OfType<FarmEvents.AttemptStarted>()
        .Select(started => new Assignment(started.Attempt.Stage, started.Worker, started.IsSpeculative)).ToList();

    /// <summary>Executes the given decision in place of the scheduler's.</summary>
    public IReadOnlyList<IFarmEvent> Carry(Decision decision)
    {
        _next = decision;
        return Farm.Schedule(Now).Events;
    }

    /// <summary>Assigns a stage to a worker and returns the attempt.</summary>
    public AttemptAddress Assign(StageAddress stage, string worker, bool isSpeculative = false)
    {
        Carry(Decision.Nothing with { Assign = [new Assignment(stage, worker, isSpeculative)] });
        return CurrentOf(worker);
    }

    public AttemptAddress CurrentOf(string worker) =>
        State.Workers[worker].Current?.Address ?? throw new InvalidOperationException($"{worker} is idle.");

    public CompleteAttempt DoneReport(AttemptAddress attempt, string maker = "")
    {
        var stage = State.ClipOf(attempt.Stage)!.Stage(attempt.Stage.StageId);
        return new CompleteAttempt(
            attempt, stage.Outputs.Select(output => new NamedBlob(output, Blob($"{maker}{attempt.Stage}/{output}"))).ToList());
    }

    public IReadOnlyList<IFarmEvent> Complete(string worker) => Farm.Done(DoneReport(CurrentOf(worker)), Now);

    public Clip Clip(string batch, int row) => State.Batches[batch].Clips[row];

    public StageStatus Status(StageAddress stage) => State.StatusOf(stage)!;

    Decision ISchedulingPolicy.Decide(FarmSnapshot view, DateTimeOffset now)
    {
        var decision = _next ?? _scheduler.Decide(view, now);
        _next = null;
        return decision;
    }
}
