using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Placement;

/// <summary>A stage that could be placed.</summary>
/// <param name="queued">Its clip, in the queue.</param>
/// <param name="stage">The stage.</param>
/// <param name="times">How long it takes on each worker.</param>
/// <param name="inputs">The files that it reads, and who has them already.</param>
/// <param name="keyNumber">A number for its derivation key and the model: equal results, equal numbers.</param>
internal sealed class Candidate(QueuedClip queued, Stage stage, StageTime times, List<HeldFile> inputs, int keyNumber)
{
    /// <summary>Its clip, in the queue.</summary>
    public QueuedClip Queued => queued;

    /// <summary>Its batch.</summary>
    public Batch Batch => queued.Batch;

    /// <summary>Its clip.</summary>
    public Clip Clip => queued.Clip;

    /// <summary>The stage.</summary>
    public Stage Stage => stage;

    /// <summary>What the scheduler knows of it.</summary>
    public StageWork Work { get; } = queued.Clip.Work[stage.Id];

    /// <summary>How long it takes.</summary>
    public StageTime Times => times;

    /// <summary>A number for its derivation key and the model: equal results, equal numbers.</summary>
    public int KeyNumber => keyNumber;

    /// <summary>The part that it computes with.</summary>
    public ModelComponent Component { get; } = queued.Clip.Work[stage.Id].Component!.Value;

    /// <summary>The files that it reads.</summary>
    public IReadOnlyList<HeldFile> Inputs => inputs;

    /// <summary>Its place among all stages of a forecast.</summary>
    public int Index { get; init; }

    /// <summary>True while its inputs are being made.</summary>
    public bool IsComing { get; set; }

    /// <summary>Seconds from now until its inputs are there.</summary>
    public double ReadyIn { get; set; }

    /// <summary>Where it is.</summary>
    public StageAddress Address => new(Batch.Id, Clip.Row, stage.Id);

    /// <summary>Where it stands.</summary>
    public StageStatus Status { get; } = queued.Clip.Stages[stage.Id];

    /// <summary>Whether a worker could do it before its hours are over.</summary>
    public bool Fits(Slot slot) => EarliestIn(slot) <= slot.HoursLeft && times.CanRun(slot);

    /// <summary>Seconds before which a worker can't end it; infinite where it can't run.</summary>
    public double EarliestIn(Slot slot) => Math.Max(slot.FreeIn, ReadyIn) + times.SecondsOn(slot);

    /// <summary>
    /// Seconds until its outputs are there, if a worker begins when both are ready: loading, fetching, computing, sending.
    /// </summary>
    public double FinishIn(Slot slot) => EarliestIn(slot) + slot.LoadSeconds(Component) + FetchSeconds(slot);

    /// <summary>Seconds until a worker has those of its inputs that it lacks.</summary>
    public double FetchSeconds(Slot slot)
    {
        double bytes = 0;
        for (var index = 0; index < inputs.Count; index++)
        {
            if (!inputs[index].IsHeldBy(slot))
                bytes += inputs[index].Bytes;
        }

        return bytes / slot.LinkBytesPerSecond;
    }
}
