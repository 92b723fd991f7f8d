using MlxVideo.Farm.Placement;

namespace MlxVideo.Farm.Forecasting;

/// <summary>An unfinished stage of the open clips. <see cref="Reset"/> discards the effects of a forecast.</summary>
internal sealed class OpenStage(Candidate candidate, OpenClip clip, int order, double chainSeconds, IReadOnlyList<HeldFile> outputs)
{
    private readonly List<OpenStage> _before = [];
    private readonly List<OpenStage> _behind = [];
    private int _undone;
    private int _unstarted;

    public Candidate Candidate => candidate;

    /// <summary>The clip for which it is placed.</summary>
    public OpenClip Clip => clip;

    /// <summary>All clips that need it; clips with equal prompts share it.</summary>
    public List<OpenClip> Clips { get; } = [clip];

    /// <summary>Its position in service order; a clip's last stage comes first.</summary>
    public int Order => order;

    /// <summary>Its clip's priority class.</summary>
    public int Class { get; } = candidate.Queued.Class;

    /// <summary>Its clip's deadline; the maximum value when there is none.</summary>
    public DateTimeOffset Deadline { get; } = candidate.Clip.Constraints.Deadline ?? DateTimeOffset.MaxValue;

    /// <summary>Length of its longest chain, in seconds.</summary>
    public double ChainSeconds => chainSeconds;

    public IReadOnlyList<HeldFile> Outputs => outputs;

    /// <summary>The workers that run it at the start of the forecast.</summary>
    public List<Slot> RunsOn { get; } = [];

    /// <summary>True when it or an equal stage is running, possibly on a worker that is not considered.</summary>
    public bool IsRunning { get; init; }

    /// <summary>Seconds from now until it ends; null until it has started.</summary>
    public double? EndsIn { get; private set; }

    public bool IsDone { get; private set; }

    /// <summary>True when all its inputs are available and it has not started.</summary>
    public bool IsReady => EndsIn is null && _undone == 0;

    /// <summary>True when all its inputs are being produced and it has not started.</summary>
    public bool IsComing => EndsIn is null && candidate.IsComing;

    /// <summary>The stages that read its outputs.</summary>
    public IReadOnlyList<OpenStage> Behind => _behind;

    /// <summary>Records that it reads the outputs of another stage.</summary>
    public void ComesAfter(OpenStage other)
    {
        _before.Add(other);
        other._behind.Add(this);
    }

    /// <summary>Discards the effects of a forecast.</summary>
    public void Reset()
    {
        (EndsIn, IsDone, candidate.IsComing, candidate.ReadyIn) = (null, false, false, 0);
        (_undone, _unstarted) = (_before.Count, _before.Count);
        foreach (var input in candidate.Inputs)
            input.Reset();
        foreach (var output in outputs)
            output.Reset();
    }

    /// <summary>Marks it as started. Stages that wait for nothing else become upcoming and are ready when it ends.</summary>
    public void Start(double endsIn)
    {
        EndsIn = endsIn;
        foreach (var stage in _behind)
        {
            if (--stage._unstarted == 0)
                (stage.Candidate.IsComing, stage.Candidate.ReadyIn) = (true, stage._before.Max(before => before.EndsIn!.Value));
        }
    }

    /// <summary>Marks it as done; the worker holds its inputs and outputs.</summary>
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
