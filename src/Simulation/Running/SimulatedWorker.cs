using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Farm;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Scheduling.Learning;
using MlxVideo.Shared.Scheduling.Work;
using MlxVideo.Simulation.Farms;

namespace MlxVideo.Simulation.Running;

/// <summary>
/// A worker on the virtual clock, as the real one behaves: fetches what it lacks, loads the model part, computes step by step,
/// sends its outputs, reports; stops between two steps when it is told to.
/// </summary>
/// <param name="mac">The machine.</param>
/// <param name="times">How long things take on it.</param>
/// <param name="events">The clock.</param>
/// <param name="record">What is written down.</param>
/// <param name="report">Takes what it tells the coordinator.</param>
internal sealed class SimulatedWorker(SimulatedMac mac, TrueTimes times, EventQueue events, SimulationRecord record, Action<IFarmMessage> report)
{
    private readonly HashSet<string> _blobs = new(StringComparer.Ordinal);
    private ResidentParts _resident = ResidentParts.None;
    private Run? _run;
    private Run? _next;
    private double _busyUntil;
    private double _stalledUntil;

    /// <summary>The machine.</summary>
    public SimulatedMac Mac => mac;

    /// <summary>Its id, which is the Mac's name.</summary>
    public string Id => mac.Name;

    /// <summary>False once it died or left.</summary>
    public bool IsAlive { get; private set; } = true;

    /// <summary>How many times slower it is than it should be.</summary>
    public double Slowness { get; set; } = 1;

    /// <summary>What it tells of its memory.</summary>
    public WorkerResident Resident(ModelPart? loaded = null, double seconds = 0) => new(Id, _resident.Parts, loaded, seconds);

    /// <summary>It is gone.</summary>
    public void Die()
    {
        IsAlive = false;
        Abandon();
    }

    /// <summary>It stands still.</summary>
    public void Stall(double seconds) => _stalledUntil = events.Now + seconds;

    /// <summary>Takes an attempt; begins when what it does has come to a step's end.</summary>
    public void Start(AttemptAddress attempt, Clip clip)
    {
        if (!IsAlive)
            return;
        var run = new Run(attempt, clip, clip.Work[attempt.Task.Stage]);
        if (_run is null)
            Begin(run);
        else
            _next = run;
    }

    /// <summary>Stops an attempt at the end of its step.</summary>
    public void Cancel(AttemptAddress attempt)
    {
        if (_run?.Attempt == attempt)
            _run.IsCancelled = true;
        if (_next?.Attempt == attempt)
            _next = null;
    }

    /// <summary>Forgets what it does: the coordinator has given it up.</summary>
    public void Abandon()
    {
        if (_run is { } run)
        {
            run.IsLost = true;
            Write(run, wasted: true);
        }

        (_run, _next) = (null, null);
    }

    /// <summary>Loads a part while there is nothing else to do.</summary>
    public void Prefetch(ModelPart part)
    {
        if (!IsAlive || _run is not null || _resident.Holds(part))
            return;
        var began = events.Now;
        var seconds = Load(part);
        _busyUntil = began + seconds;
        record.Add(new WorkSpan(Id, 0, part.ToString(), began, _busyUntil, _busyUntil, Wasted: false));
        events.At(_busyUntil, () => Tell(Resident(part, seconds)));
    }

    private void Begin(Run run)
    {
        _run = run;
        run.Start = Math.Max(events.Now, _busyUntil);
        var task = run.Clip.Task(run.Attempt.Task.Stage);
        var missing = task.Inputs.Select(input => run.Clip.Artefacts[input]).Where(blob => _blobs.Add(blob.Digest)).Sum(blob => (double)blob.Length);
        var part = run.Work.Part!.Value;
        var isThere = _resident.Holds(part);
        var fetch = missing / LinkBytesPerSecond;
        var load = Load(part);
        After(run, run.Start - events.Now + fetch + load, () =>
        {
            run.ComputeFrom = events.Now;
            if (!isThere)
                Tell(Resident(part, load));
            Tell(new AttemptProgress(run.Attempt, 0, run.Work.Steps));
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

        var seconds = times.Seconds(mac, run.Attempt.Task.Row, run.Attempt.Task.Stage, run.Work) / run.Work.Steps * Slowness;
        After(run, seconds, () =>
        {
            Tell(new AttemptProgress(run.Attempt, done + 1, run.Work.Steps));
            if (done + 1 < run.Work.Steps)
                Step(run, done + 1);
            else if (run.IsCancelled)
                End(run, wasted: true);
            else
                After(run, run.Work.OutputBytes / LinkBytesPerSecond, () => Deliver(run));
        });
    }

    private void Deliver(Run run)
    {
        var names = run.Clip.Task(run.Attempt.Task.Stage).Outputs;
        var outputs = names.Select(name => new NamedBlob(name, new BlobRef($"{run.Work.Key}/{name}", (long)(run.Work.OutputBytes / names.Count)))).ToList();
        foreach (var output in outputs)
            _blobs.Add(output.Blob.Digest);
        var cancelled = run.IsCancelled;
        End(run, cancelled);
        if (!cancelled)
            Tell(new AttemptDone(run.Attempt, outputs));
    }

    private void End(Run run, bool wasted)
    {
        Write(run, wasted);
        _run = null;
        if (_next is not { } next)
            return;
        _next = null;
        Begin(next);
    }

    private void Write(Run run, bool wasted) => record.Add(new WorkSpan(
        Id, run.Attempt.Task.Row, run.Attempt.Task.Stage, run.Start, run.ComputeFrom ?? events.Now, events.Now, wasted));

    private double Load(ModelPart part)
    {
        var isThere = _resident.Holds(part);
        _resident = _resident.Using(part, mac.Capabilities);
        if (isThere)
            return 0;
        record.Loaded();
        return times.LoadSeconds(mac, part);
    }

    /// <summary>Plans the next thing of a run; a Mac that stands still does it when it goes on.</summary>
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

    private void Tell(IFarmMessage message)
    {
        if (IsAlive)
            report(message);
    }

    private double LinkBytesPerSecond => mac.Capabilities.LinkBytesPerSecond;

    private sealed class Run(AttemptAddress attempt, Clip clip, TaskWork work)
    {
        public AttemptAddress Attempt { get; } = attempt;

        public Clip Clip { get; } = clip;

        public TaskWork Work { get; } = work;

        public double Start { get; set; }

        public double? ComputeFrom { get; set; }

        public bool IsCancelled { get; set; }

        public bool IsLost { get; set; }
    }
}
