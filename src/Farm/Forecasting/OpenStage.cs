using MlxVideo.Farm.Placement;

namespace MlxVideo.Farm.Forecasting;

/// <summary>
/// A stage that is not done, among all that is left to do. What a forecast makes of it is forgotten by <see cref="Reset"/>.
/// </summary>
/// <param name="candidate">The stage.</param>
/// <param name="clip">The clip that it is placed for.</param>
/// <param name="order">Its place in the order in which clips are served, the last stage of a clip first.</param>
/// <param name="chainSeconds">Seconds of its longest chain.</param>
/// <param name="outputs">The files that it makes.</param>
internal sealed class OpenStage(Candidate candidate, OpenClip clip, int order, double chainSeconds, IReadOnlyList<HeldFile> outputs)
{
    private readonly List<OpenStage> _before = [];
    private readonly List<OpenStage> _behind = [];
    private int _undone;
    private int _unstarted;

    /// <summary>The stage.</summary>
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

    /// <summary>True when it, or an equal stage, runs; maybe on a worker that is not looked at.</summary>
    public bool IsRunning { get; init; }

    /// <summary>Seconds from now until it ends; null while nobody is at it.</summary>
    public double? EndsIn { get; private set; }

    /// <summary>True once it is done.</summary>
    public bool IsDone { get; private set; }

    /// <summary>True when all that it reads is there, and nobody is at it.</summary>
    public bool IsReady => EndsIn is null && _undone == 0;

    /// <summary>True when all that it reads is being made, and nobody is at it.</summary>
    public bool IsComing => EndsIn is null && candidate.IsComing;

    /// <summary>The stages that read what it makes.</summary>
    public IReadOnlyList<OpenStage> Behind => _behind;

    /// <summary>It reads what another one makes.</summary>
    public void ComesAfter(OpenStage other)
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
        foreach (var stage in _behind)
        {
            if (--stage._unstarted == 0)
                (stage.Candidate.IsComing, stage.Candidate.ReadyIn) = (true, stage._before.Max(before => before.EndsIn!.Value));
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
        foreach (var stage in _behind)
            stage.Candidate.IsComing &= --stage._undone > 0;
    }
}
