using MlxVideo.Farm;
using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;
using MlxVideo.Simulation.Farms;

namespace MlxVideo.Simulation.Tests.Cases;

/// <summary>A farm that tests drive into a given state to examine the scheduler's decisions.</summary>
internal sealed class ManualFarm
{
    private readonly Script _script = new();
    private readonly FarmAggregate _farm;

    public ManualFarm() => _farm = new FarmAggregate(_script);

    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public FarmSnapshot View => _farm.Snapshot;

    public FarmState State => _farm.State;

    /// <summary>The scheduler's decision for the current state.</summary>
    public Decision Decide(SchedulingOptions? options = null) => new Scheduler(options).Decide(View, Now);

    /// <summary>Adds a Mac with the given resident components.</summary>
    public ManualFarm WithMac(
        string name, double memoryGb = 128, double teraflops = 10, double linkGbit = 10, ModelComponent[]? loaded = null,
        Func<WorkerCapabilities, WorkerCapabilities>? but = null)
    {
        var capabilities = new SimulatedMac(name, memoryGb, teraflops, 5, linkGbit).Capabilities;
        _farm.Register(new RegisterWorker(name, "e1", name, "mps", "model", but?.Invoke(capabilities) ?? capabilities, "model", []), Now);
        _farm.Record(new WorkerResidency(name, loaded ?? [], null, 0));
        return this;
    }

    /// <summary>Restarts a worker's process.</summary>
    public void Rejoin(string name)
    {
        var worker = State.Workers[name];
        _farm.Register(new RegisterWorker(name, "e2", name, worker.Device, worker.Model, worker.Capabilities, worker.ModelName, []), Now);
    }

    /// <summary>Sets the wall clock ahead of the farm's own time.</summary>
    public void SetWallClock(TimeSpan ahead) => _farm.WallClockOffset = ahead;

    public ManualFarm WithBatch(BatchRequest batch)
    {
        _farm.Submit($"b{State.Batches.Count + 1}", batch, Now);
        return this;
    }

    /// <summary>Assigns a stage to a worker and returns the attempt.</summary>
    public AttemptAddress Assign(string worker, int row, string stageId, string batch = "b1", bool isSpeculative = false)
    {
        _script.Next = Decision.Nothing with { Assign = [new Assignment(new StageAddress(batch, row, stageId), worker, isSpeculative)] };
        _farm.Schedule(Now);
        return State.Workers[worker].Current!.Address;
    }

    /// <summary>Runs a stage on a worker; each output has <paramref name="bytes"/> bytes.</summary>
    public ManualFarm RunStage(string worker, int row, string stageId, string batch = "b1", long bytes = 1000, bool isSpeculative = false)
    {
        var attempt = Assign(worker, row, stageId, batch, isSpeculative);
        var stage = State.ClipOf(attempt.Stage)!.Stage(stageId);
        _farm.Done(
            new CompleteAttempt(
                attempt, stage.Outputs.Select(output => new NamedBlob(output, new BlobRef($"{batch}/{row}/{output}", bytes))).ToList()),
                    Now);
        return this;
    }

    /// <summary>Starts a prefetch on a worker.</summary>
    public ManualFarm Load(string worker, ModelComponent component)
    {
        _script.Next = Decision.Nothing with { Prefetch = [new Prefetch(worker, component)] };
        _farm.Schedule(Now);
        return this;
    }

    /// <summary>Assigns an offload to a free worker.</summary>
    public OffloadAddress Offload(OffloadAssignment offload)
    {
        _script.Next = Decision.Nothing with { Offload = [offload] };
        _farm.Schedule(Now);
        return State.Workers[offload.Worker].Offload!;
    }

    public void Ready(OffloadAddress offload) => _farm.OffloadReady(offload, Now);

    public void FailOffload(OffloadAddress offload, FailureKind kind = FailureKind.Machine) => _farm.FailOffload(offload, kind, Now);

    public void Progress(AttemptAddress attempt, int step, int steps) => _farm.Progress(new StepProgress(attempt, step, steps), Now);

    public void Fail(AttemptAddress attempt, FailureKind kind) => _farm.Fail(attempt, kind, "by hand", Now);

    /// <summary>Advances the clock.</summary>
    public void Wait(double seconds) => Now += TimeSpan.FromSeconds(seconds);

    private sealed class Script : ISchedulingPolicy
    {
        public Decision Next { get; set; } = Decision.Nothing;

        public Decision Decide(FarmSnapshot view, DateTimeOffset now) => Next;
    }
}
