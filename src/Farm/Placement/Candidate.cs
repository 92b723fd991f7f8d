using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Placement;

/// <summary>A stage that can be placed.</summary>
internal sealed class Candidate(QueuedClip queued, Stage stage, StageTime times, List<HeldFile> inputs, int keyNumber)
{
    public QueuedClip Queued => queued;

    public Batch Batch => queued.Batch;

    public Clip Clip => queued.Clip;

    public Stage Stage => stage;

    /// <summary>The scheduler's view of the stage.</summary>
    public StageWork Work { get; } = queued.Clip.Work[stage.Id];

    /// <summary>Its time on each worker.</summary>
    public StageTime Times => times;

    /// <summary>Number of its derivation key and binding; equal numbers mean equal results.</summary>
    public int KeyNumber => keyNumber;

    /// <summary>The component that it computes with.</summary>
    public ModelComponent Component { get; } = queued.Clip.Work[stage.Id].Component!.Value;

    /// <summary>The files that it reads, with their holders.</summary>
    public IReadOnlyList<HeldFile> Inputs => inputs;

    /// <summary>Its position among all stages of a forecast.</summary>
    public int Index { get; init; }

    /// <summary>True while its missing inputs are being produced.</summary>
    public bool IsComing { get; set; }

    /// <summary>Seconds from now until its inputs are available.</summary>
    public double ReadyIn { get; set; }

    public StageAddress Address => new(Batch.Id, Clip.Row, stage.Id);

    public StageStatus Status { get; } = queued.Clip.Stages[stage.Id];

    /// <summary>True when a worker can finish it within its working hours.</summary>
    public bool Fits(Slot slot) => EarliestIn(slot) <= slot.HoursLeft && times.CanRun(slot);

    /// <summary>Returns a lower bound on the seconds until a worker finishes it; infinite on a worker that can't run it.</summary>
    public double EarliestIn(Slot slot) => Math.Max(slot.FreeIn, ReadyIn) + times.SecondsOn(slot);

    /// <summary>
    /// Returns the seconds until its outputs are available if a worker starts once both are ready, including loading, fetching,
    /// computing and sending.
    /// </summary>
    public double FinishIn(Slot slot) => EarliestIn(slot) + slot.LoadSeconds(Component) + FetchSeconds(slot);

    /// <summary>Returns the seconds to fetch the inputs that a worker lacks.</summary>
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
