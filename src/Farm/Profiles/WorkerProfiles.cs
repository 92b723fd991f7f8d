using System.Collections.Immutable;
using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.Profiles;

/// <summary>
/// The worker profiles, learned from the workers' reports; immutable. They are not persisted across restarts because the first
/// reports restore them.
/// </summary>
/// <param name="Speeds">The learned stage times.</param>
/// <param name="Workers">Profiles of the workers in the farm, by id.</param>
/// <param name="Steps">Progress of live attempts.</param>
public sealed record WorkerProfiles(
    ThroughputModel Speeds, ImmutableDictionary<string, WorkerProfile> Workers, ImmutableDictionary<AttemptAddress, AttemptSteps> Steps)
{
    private const double DiskGain = 0.5;
    private const double LinkGain = 0.3;

    // Seconds after which a worker that was told to stop gets work again, regardless of the expected time of its step.
    private const double LongestStop = 24 * 3600;

    /// <summary>The profiles before any report.</summary>
    public static WorkerProfiles Empty { get; } = new(
        ThroughputModel.Empty, ImmutableDictionary.Create<string, WorkerProfile>(StringComparer.Ordinal),
        ImmutableDictionary<AttemptAddress, AttemptSteps>.Empty);

    /// <summary>Returns the profiles of the workers of a recovered state, before any report.</summary>
    public static WorkerProfiles Of(FarmState state) => Empty with
    {
        Workers = Empty.Workers.AddRange(state.Workers.Values.Select(
            worker => KeyValuePair.Create(worker.Id, WorkerProfile.New(worker.Capabilities)))),
    };

    /// <summary>Returns the profiles after a farm event.</summary>
    /// <param name="state">The state after the event.</param>
    public WorkerProfiles After(FarmState state, IFarmEvent happened) => happened switch
    {
        FarmEvents.WorkerJoined e => this with
        {
            Speeds = Speeds.AfterRejoin(e.Worker),
            Workers = Workers.SetItem(e.Worker, WorkerProfile.New(e.Capabilities)),
        },
        FarmEvents.WorkerLeft e => this with { Workers = Workers.Remove(e.Worker) },
        FarmEvents.WorkerForgotten e => this with { Speeds = Speeds.Without(e.Worker) },
        FarmEvents.AttemptStarted e => this with { Workers = Update(e.Worker, worker => worker with { Loading = null, StopsBy = null }) },
        FarmEvents.OffloadAssigned e => Loads(state, e),
        FarmEvents.OffloadStarted e => Mixed(e.Offload.Attempt),
        FarmEvents.OffloadEnded { Failure: FailureKind.OutOfMemory } e =>
            TooLarge(state, e.Offload.Attempt.Stage, e.Worker, e.At).Mixed(e.Offload.Attempt).LoadsNothing(e.Worker),
        FarmEvents.OffloadEnded { Failure: not null } e => Mixed(e.Offload.Attempt).LoadsNothing(e.Worker),
        FarmEvents.OffloadEnded e => Mixed(e.Offload.Attempt),
        FarmEvents.AttemptSucceeded e => Fits(state, e.Attempt.Stage).Forget(e.Attempt),
        FarmEvents.AttemptAbandoned e => Stops(state, e).Forget(e.Attempt),
        // The live attempt is no longer in the state: its worker is the last one on which the stage failed.
        FarmEvents.AttemptFailed { Kind: FailureKind.OutOfMemory } e =>
            TooLarge(state, e.Attempt.Stage, state.StatusOf(e.Attempt.Stage)?.FailedOn.LastOrDefault(), e.At).Forget(e.Attempt),
        FarmEvents.AttemptFailed e => Forget(e.Attempt),
        _ => this,
    };

    /// <summary>
    /// Returns the profiles after a step report of a live attempt: learns the time of the steps since the previous report.
    /// </summary>
    /// <param name="now">When the report arrived.</param>
    public WorkerProfiles After(FarmState state, StepProgress progress, DateTimeOffset now)
    {
        if (progress.Steps <= 0 || state.StatusOf(progress.Attempt.Stage)?.Find(progress.Attempt.Number) is not { } live)
            return this;
        var worker = state.Workers.GetValueOrDefault(live.Worker);
        var work = state.ClipOf(progress.Attempt.Stage)!.Work[progress.Attempt.Stage.StageId];
        var used = worker is null || work.Component is not { } component ? this : this with
        {
            Workers = Update(worker.Id, known => known with { Resident = known.Resident.Using(component, worker.Capabilities) }),
        };
        if (!Steps.TryGetValue(progress.Attempt, out var known))
            return used with { Steps = Steps.Add(progress.Attempt, new AttemptSteps(progress.Step, progress.Steps, now, now)) };
        if (progress.Step <= known.Step)
            return this;
        var share = (progress.Step - known.Step) / (double)progress.Steps;
        return used with
        {
            Steps = Steps.SetItem(
                progress.Attempt,
                known with { Step = progress.Step, At = now, IsShared = live.Helper is { IsReady: true }, IsMixed = false }),
            Speeds = worker is null || known.IsShared || known.IsMixed || work.HasEmptySteps
                ? Speeds
                : Speeds.Learn(
                    worker.Id, worker.Capabilities.Precision, worker.Capabilities.TeraflopsPerSecond, work, share,
                    (now - known.At).TotalSeconds),
        };
    }

    /// <summary>Returns the profiles after a report of the components in a worker's memory.</summary>
    public WorkerProfiles After(FarmState state, WorkerResidency resident) =>
        !state.Workers.TryGetValue(resident.WorkerId, out var worker) ? this : this with
        {
            Workers = Update(resident.WorkerId, known => known with
            {
                Resident = new ResidentComponents([.. resident.Components]),
                Loading = known.Loading?.Component == resident.Loaded ? null : known.Loading,
                DiskBytesPerSecond = resident.Loaded is { } component && resident.Seconds > 0
                    && worker.Capabilities.BytesOf(
                        component) <= worker.Capabilities.WeightBytes // a streamed component is not read when it is loaded
                    ? WorkerProfile.BytesPerSecond(
                        known.DiskBytesPerSecond
                            + (DiskGain * ((worker.Capabilities.BytesOf(component) / resident.Seconds) - known.DiskBytesPerSecond)))
                    : known.DiskBytesPerSecond,
            }),
        };

    /// <summary>Returns the profiles after a report of the speed of a large transfer.</summary>
    public WorkerProfiles After(LinkSpeed link) => link.BytesPerSecond is > 0 and < double.PositiveInfinity
        ? this with
        {
            // Averages the time per byte, not the bytes per second.
            Workers = Update(link.WorkerId, known => known with
            {
                LinkBytesPerSecond =
                    WorkerProfile.BytesPerSecond(1 / (((1 - LinkGain) / known.LinkBytesPerSecond) + (LinkGain / link.BytesPerSecond))),
            }),
        }
        : this;

    /// <summary>Returns the profiles after a worker was told to load a component.</summary>
    public WorkerProfiles After(Prefetch prefetch, DateTimeOffset now) => this with
    {
        Workers = Update(prefetch.Worker, worker => worker with { Loading = new ComponentLoading(prefetch.Component, now) }),
    };

    /// <summary>Returns a worker's profile.</summary>
    public WorkerProfile Of(FarmWorker worker) => Workers.GetValueOrDefault(worker.Id) ?? WorkerProfile.New(worker.Capabilities);

    /// <summary>Records that a helper loads its missing component, which can't be interrupted.</summary>
    private WorkerProfiles Loads(FarmState state, FarmEvents.OffloadAssigned offload)
    {
        var component = state.ClipOf(offload.Offload.Attempt.Stage)!.Work[offload.Offload.Attempt.Stage.StageId].Component!.Value;
        return this with
        {
            Workers = Update(offload.Worker, worker =>
            worker with { Loading = worker.Resident.Holds(component) ? null : new ComponentLoading(component, offload.At) })
        };
    }

    private WorkerProfiles LoadsNothing(string worker) => this with { Workers = Update(worker, known => known with { Loading = null }) };

    private WorkerProfiles Mixed(AttemptAddress attempt) =>
        Steps.TryGetValue(attempt, out var steps) ? this with { Steps = Steps.SetItem(attempt, steps with { IsMixed = true }) } : this;

    private WorkerProfiles Forget(AttemptAddress attempt) => this with { Steps = Steps.Remove(attempt) };

    /// <summary>
    /// Estimates when a worker that was told to stop becomes idle: at the end of its current step, which it does not report. A
    /// late step is assumed to need as much more time as it is already late. A step that is late by its whole expected time shows
    /// that the worker is currently at least that slow, which is learned.
    /// </summary>
    private WorkerProfiles Stops(FarmState state, FarmEvents.AttemptAbandoned abandoned)
    {
        if (!Steps.TryGetValue(abandoned.Attempt, out var steps) || steps.Step == steps.Steps
            || state.ClipOf(abandoned.Attempt.Stage) is not { } clip || !state.Workers.TryGetValue(abandoned.Worker, out var worker))
            return this;
        var (work, share, elapsed) =
            (clip.Work[abandoned.Attempt.Stage.StageId], 1.0 / steps.Steps, (abandoned.At - steps.At).TotalSeconds);
        var (precision, benchmark) = (worker.Capabilities.Precision, worker.Capabilities.TeraflopsPerSecond);
        var step = share * Speeds.Seconds(worker.Id, precision, benchmark, work);
        return this with
        {
            Speeds = elapsed > 2 * step && steps is { IsShared: false, IsMixed: false } && !work.HasEmptySteps
                ? Speeds.Learn(worker.Id, precision, benchmark, work, share, Math.Min(elapsed, step * ThroughputModel.LargestPace))
                : Speeds,
            Workers = Update(worker.Id, known =>
                known with { StopsBy = abandoned.At + TimeSpan.FromSeconds(Math.Min(Math.Abs(elapsed - step), LongestStop)) }),
        };
    }

    /// <summary>Records that a stage did not fit into a worker's memory.</summary>
    private WorkerProfiles TooLarge(FarmState state, StageAddress stage, string? worker, DateTimeOffset now)
    {
        if (worker is null || !state.Workers.TryGetValue(worker, out var machine) || state.ClipOf(stage) is not { } clip)
            return this;
        var work = clip.Work[stage.StageId];
        return this with
        {
            Workers = Update(worker, known =>
                MemoryLimit.After(known.TooLarge.GetValueOrDefault(work.Kind), work, machine.Capabilities, now) is { } limit
                ? known with { TooLarge = known.TooLarge.SetItem(work.Kind, limit) }
                : known),
        };
    }

    /// <summary>Lifts a worker's memory limit after a stage of that size succeeded.</summary>
    private WorkerProfiles Fits(FarmState state, StageAddress stage)
    {
        if (state.StatusOf(stage)?.Last?.Worker is not { } worker || !Workers.TryGetValue(worker, out var known))
            return this;
        var work = state.ClipOf(stage)!.Work[stage.StageId];
        return known.TooLarge.TryGetValue(work.Kind, out var limit) && work.ActivationElements >= limit.Elements
            ? this with { Workers = Workers.SetItem(worker, known with { TooLarge = known.TooLarge.Remove(work.Kind) }) }
            : this;
    }

    private ImmutableDictionary<string, WorkerProfile> Update(string worker, Func<WorkerProfile, WorkerProfile> change) =>
        Workers.TryGetValue(worker, out var known) ? Workers.SetItem(worker, change(known)) : Workers;
}

/// <summary>A worker's profile.</summary>
/// <param name="Resident">The components in its memory.</param>
/// <param name="Loading">The component that it was told to load; null when there is none.</param>
/// <param name="DiskBytesPerSecond">Component loading speed.</param>
/// <param name="LinkBytesPerSecond">Transfer speed between it and the coordinator.</param>
/// <param name="TooLarge">Sizes that did not fit, by stage kind.</param>
public sealed record WorkerProfile(
    ResidentComponents Resident, ComponentLoading? Loading, double DiskBytesPerSecond, double LinkBytesPerSecond,
    ImmutableDictionary<string, MemoryLimit> TooLarge)
{
    private const double MinBytesPerSecond = 1;
    private const double LargestBytesPerSecond = 1e12;

    /// <summary>Expected end of the current step of an attempt that it was told to stop; it starts nothing earlier.</summary>
    public DateTimeOffset? StopsBy { get; init; }

    /// <summary>Returns the profile of a worker that has just joined.</summary>
    public static WorkerProfile New(WorkerCapabilities capabilities) =>
        new(ResidentComponents.None, null, BytesPerSecond(capabilities.DiskBytesPerSecond), BytesPerSecond(capabilities.LinkBytesPerSecond),
            ImmutableDictionary.Create<string, MemoryLimit>(StringComparer.Ordinal));

    /// <summary>Limits a measurement to the rates of real disks and networks; tiny files and pauses distort it.</summary>
    internal static double BytesPerSecond(double measured) =>
        double.IsNaN(measured) ? MinBytesPerSecond : Math.Clamp(measured, MinBytesPerSecond, LargestBytesPerSecond);
}

/// <summary>A component that is being loaded.</summary>
/// <param name="Since">When the worker was told to load it.</param>
public sealed record ComponentLoading(ModelComponent Component, DateTimeOffset Since);

/// <summary>Progress of a live attempt.</summary>
/// <param name="Step">Completed steps.</param>
/// <param name="Steps">Total steps.</param>
/// <param name="Began">Start of the computation, with inputs fetched and the model loaded.</param>
/// <param name="At">When the last step was reported.</param>
/// <param name="IsShared">
/// True when a helper was active at the start of the running step: its time says nothing about the worker.
/// </param>
/// <param name="IsMixed">True when a helper joined or left during the running step.</param>
public sealed record AttemptSteps(
    int Step, int Steps, DateTimeOffset Began, DateTimeOffset At, bool IsShared = false, bool IsMixed = false);
