using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Farm;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Scheduling;

namespace MlxVideo.Shared.Tests.Farm;

/// <summary>Drives the pure farm by hand: a clock that only tests move, events applied as they are decided.</summary>
internal sealed class FarmScenario
{
    public FarmState State { get; private set; } = FarmState.Empty;

    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static RenderSettings Settings(int row = 1, int frames = 9) => new() { Prompt = $"clip {row}", Width = 128, Height = 128, NumFrames = frames, Seed = row };

    public static BlobRef Blob(string name) =>
        new(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name))), name.Length);

    public FarmScenario Apply(IReadOnlyList<IFarmEvent> events)
    {
        State = events.Aggregate(State, (state, happened) => state.Apply(happened));
        return this;
    }

    public FarmScenario WithBatch(string id, params RenderSettings[] clips) => Apply(FarmDecisions.Submit(
        State, id, new SubmitBatch($"token-{id}", clips.Select((settings, index) => new SubmittedClip(index + 1, $"{index + 1}.mp4", 0, settings)).ToList()), Now));

    public FarmScenario WithWorker(string id, string model = "m", string epoch = "e1") =>
        Apply(FarmDecisions.Hello(State, new WorkerHello(id, epoch, id, "cpu", model), Now));

    /// <summary>Gives out work and returns what was given to whom.</summary>
    public IReadOnlyList<Assignment> Schedule()
    {
        var assignments = FirstComeScheduler.Decide(State);
        Apply(FarmDecisions.Assign(State, assignments, Now));
        return assignments;
    }

    public AttemptAddress CurrentOf(string worker) => State.Workers[worker].Current ?? throw new InvalidOperationException($"{worker} is idle.");

    public AttemptDone DoneReport(AttemptAddress attempt)
    {
        var task = State.Batches[attempt.Task.Batch].Clips[attempt.Task.Row].Plan.Tasks.Single(planned => planned.Id == attempt.Task.Stage);
        return new AttemptDone(attempt, task.Outputs.Select(output => new NamedBlob(output, Blob($"{attempt.Task}/{output}"))).ToList());
    }

    public FarmScenario Complete(string worker) => Apply(FarmDecisions.Done(State, DoneReport(CurrentOf(worker)), Now));

    public Clip Clip(string batch, int row) => State.Batches[batch].Clips[row];

    public StageProgress Stage(string batch, int row, string stage) => Clip(batch, row).Stages[stage];
}
