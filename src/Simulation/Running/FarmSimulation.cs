using System.Globalization;
using MlxVideo.Farm;
using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Faults;
using MlxVideo.Simulation.Workloads;

namespace MlxVideo.Simulation.Running;

/// <summary>
/// Simulates batches on a virtual clock: the coordinator's own <see cref="FarmAggregate"/> with any policy, and Macs that take the times of
/// <see cref="TrueTimes"/>. Like on a real farm, the aggregate knows the Macs only from their reports.
/// </summary>
public sealed class FarmSimulation
{
    /// <summary>Lease in seconds after which a silent worker is lost, as in the coordinator.</summary>
    public static readonly double Lease = new FarmOptions().Lease.TotalSeconds;

    private const double Tick = 5;
    private const double Patience = 60 * 24 * 3600;

    /// <summary>
    /// Seconds without an event of the farm, and with nothing scheduled, after which the workload cannot be finished: far longer than any
    /// delay of a scheduling decision.
    /// </summary>
    private const double Standstill = 6 * 3600;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly EventQueue _events = new();
    private readonly FarmAggregate _farm;
    private readonly Dictionary<string, SimulatedWorker> _workers = new(StringComparer.Ordinal);
    private readonly SimulationRecord _record = new();
    private readonly TrueTimes _times;
    private readonly int _muxSlots;
    private readonly Action<IFarmEvent>? _happened;
    private int _muxing;
    private double _lastEvent;
    private int _toSubmit;
    private bool _changed;

    private FarmSimulation(ISchedulingPolicy policy, TrueTimes times, int muxSlots, Action<IFarmEvent>? happened) =>
        (_farm, _times, _muxSlots, _happened) = (new FarmAggregate(policy), times, muxSlots, happened);

    private DateTimeOffset Now => Start + TimeSpan.FromSeconds(_events.Now);

    /// <summary>Runs a batch to completion.</summary>
    /// <param name="muxSlots">Number of clips that the coordinator muxes concurrently.</param>
    public static SimulationResult Run(
        ISchedulingPolicy policy, IReadOnlyList<SimulatedMac> macs, BatchRequest batch, TrueTimes times,
        IReadOnlyList<InjectedFault> faults, int muxSlots = 1) =>
        Run(policy, macs, [new Submission(0, batch)], times, faults, muxSlots);

    /// <summary>Runs several batches to completion. The result identifies clips by row, so rows must be unique over all batches.</summary>
    /// <param name="muxSlots">Number of clips that the coordinator muxes concurrently.</param>
    /// <param name="happened">Receives every event of the farm, in order.</param>
    public static SimulationResult Run(
        ISchedulingPolicy policy, IReadOnlyList<SimulatedMac> macs, IReadOnlyList<Submission> submissions, TrueTimes times,
        IReadOnlyList<InjectedFault> faults,
        int muxSlots = 1, Action<IFarmEvent>? happened = null)
    {
        var simulation = new FarmSimulation(policy, times, muxSlots, happened);
        simulation.Plan(macs, faults);
        simulation.Plan(submissions);
        return simulation.Render();
    }

    private void Plan(IReadOnlyList<SimulatedMac> macs, IReadOnlyList<InjectedFault> faults)
    {
        for (var place = 0; place < macs.Count; place++)
        {
            var index = place;
            var worker = new SimulatedWorker(macs[place], _times, _events, _record, Report);
            _workers.Add(worker.Id, worker);
            var joins = faults.OfType<MacJoins>().FirstOrDefault(error => error.Mac == index);
            _events.At(joins?.AtSeconds ?? 0, () => Join(worker));
        }

        foreach (var fault in faults)
            Plan(fault, _workers[macs[fault.Mac].Name]);
    }

    private void Plan(InjectedFault fault, SimulatedWorker worker)
    {
        switch (fault)
        {
            case MacDies:
                _events.At(fault.AtSeconds, worker.Die);
                _events.At(fault.AtSeconds + Lease, () => Lose(worker, FailureKind.Machine));
                break;
            case MacSlows slows:
                _events.At(fault.AtSeconds, () => worker.Slowness = slows.Times);
                break;
            case MacStalls stalls:
                _events.At(fault.AtSeconds, () => worker.Stall(stalls.ForSeconds));
                if (stalls.ForSeconds > Lease)
                {
                    _events.At(fault.AtSeconds + Lease, () => Lose(worker, FailureKind.Machine));
                    _events.At(fault.AtSeconds + stalls.ForSeconds, () => Join(worker));
                }

                break;
            case MacLeaves:
                _events.At(fault.AtSeconds, () =>
                {
                    worker.Die();
                    Lose(worker, FailureKind.Preempted);
                });
                break;
        }
    }

    private void Plan(IReadOnlyList<Submission> submissions)
    {
        _toSubmit = submissions.Count;
        foreach (var (submission, number) in submissions.Select((submission, index) => (submission, index + 1)))
        {
            _events.At(submission.AtSeconds, () =>
            {
                CarryOut(_farm.Submit(BatchId(number), submission.Batch, Now));
                _toSubmit--;
                _changed = true;
            });
        }
    }

    /// <summary>Returns a batch id. Like the coordinator's, ids increase in the order of submission.</summary>
    private static string BatchId(int number) => string.Create(CultureInfo.InvariantCulture, $"b{number:D4}");

    private SimulationResult Render()
    {
        _events.At(Tick, OnTick);
        while (!IsOver() && !IsStuck() && _events.Now < Patience && _events.Step())
        {
            if (_changed)
                GiveOutWork();
        }

        var clips = _farm.State.Batches.Values.SelectMany(batch => batch.Clips.Values).ToList();
        var completions = clips.Where(clip => clip.State == ClipState.Finished)
            .ToDictionary(clip => clip.Row, clip => (clip.EndedAt!.Value - Start).TotalSeconds);
        return new SimulationResult(
            _events.Now, completions, clips.Count - completions.Count, _record.ModelLoads, _record.WastedSeconds, _record.Spans);
    }

    private bool IsOver() => _toSubmit == 0 && _farm.State.Open.IsEmpty;

    private bool IsStuck() => _events.Count == 1 && _events.Now - _lastEvent >= Standstill; // the tick alone is always scheduled

    /// <summary>Triggers scheduling, because decisions depend on time too: a late step justifies a speculative attempt.</summary>
    private void OnTick()
    {
        _changed = true;
        _events.After(Tick, OnTick);
    }

    private void Join(SimulatedWorker worker)
    {
        if (!worker.IsAlive)
            return;
        CarryOut(_farm.Register(new RegisterWorker(worker.Id, "e1", worker.Id, "mps", "ltx-2", worker.Mac.Capabilities, "ltx-2", []), Now));
        _farm.Record(worker.Resident());
        _changed = true;
    }

    private void Lose(SimulatedWorker worker, FailureKind kind)
    {
        CarryOut(_farm.Remove(worker.Id, kind, "simulated", Now));
        worker.Abandon();
        _changed = true;
    }

    private void Report(IWorkerReport report)
    {
        switch (report)
        {
            case StepProgress progress:
                _farm.Progress(progress, Now);
                break;
            case WorkerResidency resident:
                _farm.Record(resident);
                break;
            case CompleteAttempt done:
                CarryOut(_farm.Done(done, Now));
                _changed = true;
                break;
            case HelperReady ready:
                CarryOut(_farm.OffloadReady(ready.Offload, Now));
                break;
            case HelperFailed failed:
                CarryOut(_farm.FailOffload(failed.Offload, failed.Kind, Now));
                break;
        }
    }

    private void GiveOutWork()
    {
        _changed = false;
        var (events, prefetches) = _farm.Schedule(Now);
        CarryOut(events);
        foreach (var prefetch in prefetches)
            _workers[prefetch.Worker].Prefetch(prefetch.Component);
        while (_muxing < _muxSlots && _farm.State.Local is [var stage, ..])
            Mux(stage);
    }

    private void CarryOut(IReadOnlyList<IFarmEvent> events)
    {
        foreach (var happened in events)
        {
            _lastEvent = _events.Now;
            _happened?.Invoke(happened);
            switch (happened)
            {
                case FarmEvents.AttemptStarted started when _workers.ContainsKey(started.Worker):
                    _workers[started.Worker].Start(started.Attempt, _farm.State.ClipOf(started.Attempt.Stage)!);
                    break;
                case FarmEvents.AttemptAbandoned abandoned when _workers.TryGetValue(abandoned.Worker, out var worker):
                    worker.Cancel(abandoned.Attempt);
                    break;
                case FarmEvents.OffloadAssigned assigned:
                    _workers[assigned.Worker].StartOffload(assigned.Offload, _farm.State.ClipOf(assigned.Offload.Attempt.Stage)!);
                    break;
                case FarmEvents.OffloadStarted began when OffloadDecisions.Find(_farm.State, began.Offload) is { } helper:
                    OwnerOf(began.Offload)?.JoinHelper(began.Offload, _workers[helper.Worker], helper.Evaluations);
                    break;
                case FarmEvents.OffloadEnded ended:
                    _workers[ended.Worker].CancelOffload(ended.Offload);
                    OwnerOf(ended.Offload)?.LoseHelper(ended.Offload);
                    break;
            }
        }
    }

    private SimulatedWorker? OwnerOf(OffloadAddress offload) =>
        OffloadDecisions.OwnerOf(_farm.State, offload) is { } owner ? _workers[owner] : null;

    private void Mux(StageAddress address)
    {
        _muxing++;
        CarryOut(_farm.StartLocal(address, "coordinator", Now));
        var clip = _farm.State.ClipOf(address)!;
        var attempt = new AttemptAddress(address, clip.Stages[address.StageId].Attempt);
        var output = ((MuxStage)clip.Stage(address.StageId)).Clip;
        _events.After(_times.MuxSeconds(clip.Work[address.StageId]), () =>
        {
            _muxing--;
            CarryOut(_farm.Finish(new CompleteAttempt(attempt, [new NamedBlob(output, new BlobRef(attempt.ToString(), 1))]), "", Now));
            _changed = true;
        });
    }
}
