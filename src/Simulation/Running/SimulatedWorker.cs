using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Placement;
using MlxVideo.Farm.Profiles;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Farms;

namespace MlxVideo.Simulation.Running;

/// <summary>
/// A worker on the virtual clock that behaves like a real one: it fetches missing inputs, loads the component, computes step by step, sends
/// its outputs, and reports. On request it stops between two steps. Without a stage, it may compute offloaded evaluations of guided steps.
/// </summary>
/// <param name="events">The virtual clock.</param>
/// <param name="report">Receives the worker's reports to the coordinator.</param>
internal sealed class SimulatedWorker(
    SimulatedMac mac, TrueTimes times, EventQueue events, SimulationRecord record, Action<IWorkerReport> report)
{
    private readonly HashSet<string> _blobs = new(StringComparer.Ordinal);
    private ResidentComponents _resident = ResidentComponents.None;
    private Run? _run;
    private Run? _next;
    private (OffloadAddress Address, Clip Clip, double Since)? _offload;
    private double _busyUntil;
    private double _stalledUntil;

    public SimulatedMac Mac => mac;

    /// <summary>The worker's id: the name of the Mac.</summary>
    public string Id => mac.Name;

    /// <summary>False once the worker has died or left.</summary>
    public bool IsAlive { get; private set; } = true;

    /// <summary>Factor by which steps take longer than normal.</summary>
    public double Slowness { get; set; } = 1;

    /// <summary>Returns a report of the resident components.</summary>
    public WorkerResidency Resident(ModelComponent? loaded = null, double seconds = 0) => new(Id, _resident.Components, loaded, seconds);

    /// <summary>Ends the worker without a report.</summary>
    public void Die()
    {
        IsAlive = false;
        Abandon();
    }

    /// <summary>Stalls the worker.</summary>
    public void Stall(double seconds) => _stalledUntil = events.Now + seconds;

    /// <summary>Accepts an attempt, which begins once the current attempt has stopped at the end of a step.</summary>
    public void Start(AttemptAddress attempt, Clip clip)
    {
        if (!IsAlive)
            return;
        var run = new Run(attempt, clip, clip.Work[attempt.Stage.StageId]);
        if (_run is null)
            Begin(run);
        else
            _next = run;
    }

    /// <summary>Stops an attempt at the end of its current step.</summary>
    public void Cancel(AttemptAddress attempt)
    {
        if (_run?.Attempt == attempt)
            _run.IsCancelled = true;
        if (_next?.Attempt == attempt)
            _next = null;
    }

    /// <summary>Prepares to compute offloaded evaluations, once the current attempt has stopped at the end of a step.</summary>
    public void StartOffload(OffloadAddress offload, Clip clip)
    {
        if (!IsAlive)
            return;
        _offload = (offload, clip, events.Now);
        if (_run is null)
            PrepareOffload();
    }

    /// <summary>
    /// Ends an offload after the current step's evaluations: slightly later than a real worker, which stops between two evaluations.
    /// </summary>
    public void CancelOffload(OffloadAddress offload)
    {
        if (_offload is not { } current || current.Address != offload)
            return;
        record.Add(
            new WorkSpan(Id, offload.Attempt.Stage.Row, offload.Attempt.Stage.StageId, current.Since, current.Since,
                Math.Max(events.Now, _busyUntil),
                Wasted: false, IsOffload: true));
        _offload = null;
    }

    /// <summary>Offloads evaluations of the attempt's steps to a helper, from the next step on.</summary>
    public void JoinHelper(OffloadAddress offload, SimulatedWorker helper, int evaluations)
    {
        if (_run?.Attempt == offload.Attempt)
            _run.Helper = new Helper(offload, helper, evaluations);
    }

    /// <summary>Removes the helper. The worker computes the missing evaluations of the current step itself.</summary>
    public void LoseHelper(OffloadAddress offload)
    {
        if (_run?.Helper?.Address == offload)
            _run.Helper = null;
    }

    /// <summary>Discards all current work, because the coordinator regards the worker as lost.</summary>
    public void Abandon()
    {
        if (_offload is { } offload)
            CancelOffload(offload.Address);

        if (_run is { } run)
        {
            run.IsLost = true;
            Write(run, wasted: true);
        }

        (_run, _next) = (null, null);
    }

    /// <summary>Loads a component while the worker is idle.</summary>
    public void Prefetch(ModelComponent component)
    {
        if (!IsAlive || _run is not null || _offload is not null || _resident.Holds(component))
            return;
        var began = events.Now;
        var seconds = Load(component);
        _busyUntil = began + seconds;
        record.Add(new WorkSpan(Id, 0, component.ToString(), began, _busyUntil, _busyUntil, Wasted: false));
        events.At(_busyUntil, () => Tell(Resident(component, seconds)));
    }

    private void PrepareOffload()
    {
        var (offload, clip, _) = _offload!.Value;
        var component = clip.Work[offload.Attempt.Stage.StageId].Component!.Value;
        var isThere = _resident.Holds(component);
        var fetch = FetchSeconds(clip, offload.Attempt.Stage.StageId);
        var load = Load(component);
        _busyUntil = Math.Max(events.Now, _busyUntil) + fetch + load;
        events.At(_busyUntil, () =>
        {
            if (!isThere)
                Tell(Resident(component, load));
            if (_offload?.Address == offload)
                Tell(new HelperReady(offload));
        });
    }

    private double FetchSeconds(Clip clip, string stageId) =>
        clip.Stage(stageId).Inputs.Select(input => clip.Artefacts[input]).Where(blob => _blobs.Add(blob.Digest))
            .Sum(blob => (double)blob.Length) / LinkBytesPerSecond;

    private void Begin(Run run)
    {
        _run = run;
        run.Start = Math.Max(events.Now, _busyUntil);
        var component = run.Work.Component!.Value;
        var isThere = _resident.Holds(component);
        var fetch = FetchSeconds(run.Clip, run.Attempt.Stage.StageId);
        var load = Load(component);
        After(run, run.Start - events.Now + fetch + load, () =>
        {
            run.ComputeFrom = events.Now;
            if (!isThere)
                Tell(Resident(component, load));
            Tell(new StepProgress(run.Attempt, 0, run.Work.Steps));
            Step(run, 0);
        });
    }

    private void Step(Run run, int done)
    {
        if (run.IsCancelled)
        {
            End(run, wasted: true);
            return;
        }

        if (run.Helper is { } helper)
            ShareStep(run, done, helper);
        else
            After(run, StepSeconds(run), () => EndStep(run, done));
    }

    /// <summary>
    /// Computes the worker's own evaluations and waits for the helper's, but no longer than computing them itself would take. If they are
    /// late or the helper has gone, the worker computes them itself.
    /// </summary>
    private void ShareStep(Run run, int done, Helper helper)
    {
        var (alone, work) = (StepSeconds(run), run.Work);
        var ofHelper = alone * helper.Evaluations / work.Evaluations;
        var own = alone - ofHelper;
        var theirs = helper.Worker.SecondsOfEvaluations(run, helper.Evaluations, LinkBytesPerSecond);
        var isLate = theirs > own + ofHelper;
        After(run, isLate ? own + ofHelper : Math.Max(own, theirs), () =>
        {
            if (!isLate && run.Helper?.Address == helper.Address && helper.Worker.IsAlive)
            {
                EndStep(run, done);
                return;
            }

            if (run.Helper?.Address == helper.Address)
                Tell(new HelperFailed(helper.Address, FailureKind.Machine));
            After(run, ofHelper, () => EndStep(run, done));
        });
    }

    /// <summary>Returns the seconds until a helper has sent the evaluations of a step, and keeps the helper busy until then.</summary>
    private double SecondsOfEvaluations(Run run, int evaluations, double ownerLink)
    {
        var stall = Math.Max(0, _stalledUntil - events.Now);
        var seconds = stall + SharedStep.ExchangeSeconds(run.Work, evaluations, new(0, ownerLink), new(0, LinkBytesPerSecond))
            + (StepSeconds(run) * evaluations / run.Work.Evaluations);
        _busyUntil = Math.Max(_busyUntil, events.Now + seconds);
        return seconds;
    }

    private double StepSeconds(Run run) =>
        times.Seconds(mac, run.Attempt.Stage.Row, run.Attempt.Stage.StageId, run.Work) / run.Work.Steps * Slowness;

    private void EndStep(Run run, int done)
    {
        Tell(new StepProgress(run.Attempt, done + 1, run.Work.Steps));
        if (done + 1 < run.Work.Steps)
            Step(run, done + 1);
        else if (run.IsCancelled)
            End(run, wasted: true);
        else
            After(run, run.Work.OutputBytes / LinkBytesPerSecond, () => Deliver(run));
    }

    private void Deliver(Run run)
    {
        var names = run.Clip.Stage(run.Attempt.Stage.StageId).Outputs;
        var outputs = names.Select(
            name => new NamedBlob(name, new BlobRef($"{run.Work.Key}/{name}", (long)(run.Work.OutputBytes / names.Count)))).ToList();
        foreach (var output in outputs)
            _blobs.Add(output.Blob.Digest);
        var cancelled = run.IsCancelled;
        End(run, cancelled);
        if (!cancelled)
            Tell(new CompleteAttempt(run.Attempt, outputs));
    }

    private void End(Run run, bool wasted)
    {
        Write(run, wasted);
        _run = null;
        if (_next is { } next)
        {
            _next = null;
            Begin(next);
        }
        else if (_offload is not null)
        {
            PrepareOffload();
        }
    }

    private void Write(Run run, bool wasted) => record.Add(new WorkSpan(
        Id, run.Attempt.Stage.Row, run.Attempt.Stage.StageId, run.Start, run.ComputeFrom ?? events.Now, events.Now, wasted));

    private double Load(ModelComponent component)
    {
        var isThere = _resident.Holds(component);
        _resident = _resident.Using(component, mac.Capabilities);
        if (isThere)
            return 0;
        record.Loaded();
        return times.LoadSeconds(mac, component);
    }

    /// <summary>Schedules the next action of a run. A stalled Mac runs it after the stall.</summary>
    private void After(Run run, double seconds, Action action) => events.After(seconds, () =>
    {
        if (run.IsLost)
            return;
        if (events.Now < _stalledUntil)
            events.At(_stalledUntil, () =>
            {
                if (!run.IsLost)
                    action();
            });
        else
            action();
    });

    private void Tell(IWorkerReport message)
    {
        if (IsAlive)
            report(message);
    }

    private double LinkBytesPerSecond => mac.Capabilities.LinkBytesPerSecond;

    private sealed class Run(AttemptAddress attempt, Clip clip, StageWork work)
    {
        public AttemptAddress Attempt { get; } = attempt;

        public Clip Clip { get; } = clip;

        public StageWork Work { get; } = work;

        public double Start { get; set; }

        public double? ComputeFrom { get; set; }

        public bool IsCancelled { get; set; }

        public bool IsLost { get; set; }

        public Helper? Helper { get; set; }
    }

    private sealed record Helper(OffloadAddress Address, SimulatedWorker Worker, int Evaluations);
}
