using MlxVideo.Farm.Placement;

namespace MlxVideo.Farm.Forecasting;

/// <summary>
/// A task that is not done, among all that is left to do. What a forecast makes of it is forgotten by <see cref="Reset"/>.
/// </summary>
/// <param name="candidate">The task.</param>
/// <param name="clip">The clip that it is placed for.</param>
/// <param name="order">Its place in the order in which clips are served, the last task of a clip first.</param>
/// <param name="chainSeconds">Seconds of its longest chain.</param>
/// <param name="outputs">The files that it makes.</param>
internal sealed class OpenTask(Candidate candidate, OpenClip clip, int order, double chainSeconds, IReadOnlyList<HeldFile> outputs)
{
    private readonly List<OpenTask> _before = [];
    private readonly List<OpenTask> _behind = [];
    private int _undone;
    private int _unstarted;

    /// <summary>The task.</summary>
    public Candidate Candidate => candidate;

    /// <summary>The clip that it is placed for.</summary>
    public OpenClip Clip => clip;

    /// <summary>All clips that need it: those of equal prompts share it.</summary>
    public List<OpenClip> Clips { get; } = [clip];

    /// <summary>Its place in the order in which clips are served.</summary>
    public int Order => order;

    /// <summary>Its clip's class.</summary>
    public int Class { get; } = candidate.Queued.Class;

    /// <summary>Its clip's deadline.</summary>
    public DateTimeOffset Deadline { get; } = candidate.Clip.Constraints.Deadline ?? DateTimeOffset.MaxValue;

    /// <summary>Seconds of its longest chain.</summary>
    public double ChainSeconds => chainSeconds;

    /// <summary>The files that it makes.</summary>
    public IReadOnlyList<HeldFile> Outputs => outputs;

    /// <summary>The workers that are at it when the forecast begins.</summary>
    public List<Slot> RunsOn { get; } = [];

    /// <summary>True when it, or an equal task, runs; maybe on a worker that is not looked at.</summary>
    public bool IsRunning { get; init; }

    /// <summary>Seconds from now until it ends; null while nobody is at it.</summary>
    public double? EndsIn { get; private set; }

    /// <summary>True once it is done.</summary>
    public bool IsDone { get; private set; }

    /// <summary>True when all that it reads is there, and nobody is at it.</summary>
    public bool IsReady => EndsIn is null && _undone == 0;

    /// <summary>True when all that it reads is being made, and nobody is at it.</summary>
    public bool IsComing => EndsIn is null && candidate.IsComing;

    /// <summary>The tasks that read what it makes.</summary>
    public IReadOnlyList<OpenTask> Behind => _behind;

    /// <summary>It reads what another one makes.</summary>
    public void ComesAfter(OpenTask other)
    {
        _before.Add(other);
        other._behind.Add(this);
    }

    /// <summary>Forgets what a forecast made of it.</summary>
    public void Reset()
    {
        (EndsIn, IsDone, candidate.IsComing, candidate.ReadyIn) = (null, false, false, 0);
        (_undone, _unstarted) = (_before.Count, _before.Count);
        foreach (var input in candidate.Inputs)
            input.Reset();
        foreach (var output in outputs)
            output.Reset();
    }

    /// <summary>A worker is at it. What waits for nothing else will be ready then.</summary>
    public void Start(double endsIn)
    {
        EndsIn = endsIn;
        foreach (var task in _behind)
        {
            if (--task._unstarted == 0)
                (task.Candidate.IsComing, task.Candidate.ReadyIn) = (true, task._before.Max(before => before.EndsIn!.Value));
        }
    }

    /// <summary>It is done, and a worker has what it read and made.</summary>
    public void End(Slot slot)
    {
        IsDone = true;
        foreach (var input in candidate.Inputs)
            input.Hold(slot);
        foreach (var output in outputs)
            output.Hold(slot);
        foreach (var task in _behind)
            task.Candidate.IsComing &= --task._undone > 0;
    }
}
