using MlxVideo.Shared.Farm;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Scheduling.Learning;
using MlxVideo.Shared.Scheduling.Work;

namespace MlxVideo.Shared.Scheduling.Placement;

/// <summary>How long things take, by what is known now.</summary>
/// <param name="view">The farm.</param>
/// <param name="options">The policy's numbers.</param>
/// <param name="now">The time.</param>
internal sealed class Estimator(FarmView view, SchedulingOptions options, DateTimeOffset now)
{
    /// <summary>Whether a worker may and can run a task.</summary>
    public bool Fits(Slot slot, Candidate candidate)
    {
        var (worker, capabilities, work) = (slot.Worker, slot.Worker.Capabilities, candidate.Work);
        if (candidate.Batch.Model is { } model && worker.Model != model)
            return false;
        if (candidate.Clip.Wishes.Tag is { } tag && !capabilities.Tags.Contains(tag))
            return false;
        if (work.Part is not { } part || !HasRoom(slot, part, work.ActivationElements))
            return false;
        if (slot.Known.TooLarge.TryGetValue(work.Kind, out var tooLarge) && work.ActivationElements >= tooLarge)
            return false;
        return capabilities.Hours is not { } hours || hours.Left(now).TotalSeconds >= slot.FreeIn + RunSeconds(slot, work);
    }

    /// <summary>Weights and activations together leave the reserve of the working set free.</summary>
    public bool HasRoom(Slot slot, ModelPart part, double activationElements)
    {
        var capabilities = slot.Worker.Capabilities;
        return capabilities.LeastBytesOf(part) is { } least
            && least + (activationElements * capabilities.BytesPerElement) <= capabilities.MemoryBytes * (1 - options.MemoryReserve);
    }

    /// <summary>Seconds until the outputs of a task are there, if the worker begins when it is free: loading, fetching, computing, sending.</summary>
    public double FinishIn(Slot slot, Candidate candidate) => slot.FreeIn + OccupiesFor(slot, candidate);

    /// <summary>Seconds for which a task keeps a worker from others.</summary>
    public double OccupiesFor(Slot slot, Candidate candidate)
    {
        var part = candidate.Work.Part!.Value;
        return LoadSeconds(slot, part) + FetchSeconds(slot, candidate) + RunSeconds(slot, candidate.Work) + (candidate.Work.OutputBytes / Link(slot));
    }

    /// <summary>Seconds to load a part; 0 when it will be there.</summary>
    public double LoadSeconds(Slot slot, ModelPart part) =>
        slot.Resident.Holds(part) ? 0 : slot.Worker.Capabilities.LoadedBytesOf(part) / Math.Max(1, slot.Known.DiskBytesPerSecond);

    /// <summary>Seconds to compute a task.</summary>
    public double RunSeconds(Slot slot, TaskWork work) => slot.RunSeconds(view.Knowledge.Speeds, work);

    /// <summary>Seconds for 10¹² operations of a kind of stage, of whatever size; null when the worker lacks the part for it.</summary>
    public double? SecondsPerTeraflop(Slot slot, string kind)
    {
        var part = ModelParts.Of(kind);
        return part is null || slot.Worker.Capabilities.LeastBytesOf(part.Value) is not { } least || least > slot.Worker.Capabilities.MemoryBytes
            ? null
            : view.Knowledge.Speeds.SecondsPerTeraflop(slot.Worker.Id, slot.Worker.Capabilities.Precision, slot.Worker.Capabilities.Teraflops, kind);
    }

    /// <summary>How far a worker's times of such tasks were off, relatively.</summary>
    public double Deviation(Slot slot, TaskWork work) => view.Knowledge.Speeds.Deviation(slot.Worker.Id, slot.Worker.Capabilities.Precision, work);

    /// <summary>Seconds to fetch the inputs that the worker did not make or use itself.</summary>
    public double FetchSeconds(Slot slot, Candidate candidate)
    {
        double bytes = 0;
        foreach (var input in candidate.Inputs)
        {
            if (!input.Holders.Contains(slot.Worker.Id))
                bytes += input.Bytes;
        }

        return bytes / Link(slot);
    }

    /// <summary>Seconds that a live attempt still needs.</summary>
    public double RemainingSeconds(Slot slot, AttemptAddress attempt)
    {
        if (view.State.ClipOf(attempt.Task) is not { } clip || clip.Stages[attempt.Task.Stage].Find(attempt.Number) is not { } live)
            return 0;
        var work = clip.Work[attempt.Task.Stage];
        var run = RunSeconds(slot, work);
        var send = work.OutputBytes / Link(slot);
        if (!view.Knowledge.Steps.TryGetValue(attempt, out var steps))
        {
            // It fetches and loads, or computes its first step: what it needs in all, less the time since it was given.
            var all = run + send + (work.Part is { } part ? LoadSeconds(slot, part) : 0);
            return Overdue(all, (now - live.StartedAt).TotalSeconds, run);
        }

        var step = run / steps.Steps;
        return Overdue((steps.Steps - steps.Step) * step, (now - steps.At).TotalSeconds, step) + send;
    }

    /// <summary>What is left when something late goes on: it is taken to need as long again as it is late.</summary>
    private static double Overdue(double expected, double elapsed, double step) =>
        elapsed < expected ? expected - elapsed : Math.Max(elapsed - expected, 0.1 * step);

    private static double Link(Slot slot) => Math.Max(1, slot.Worker.Capabilities.LinkBytesPerSecond);
}
