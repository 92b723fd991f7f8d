using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Scheduling.Placement;

namespace MlxVideo.Shared.Scheduling;

/// <summary>
/// Decides who does what. Clips are opened in a window and finished in order; each ready task goes to the worker that would
/// end it first, loading and transfers included, and waits for it if it is busy; a free worker takes what waits for others
/// when the batch does not end later by it. Towards the end the longest remaining chains go first, so that all workers
/// end together. Pure and deterministic; docs/scheduling.md shows how it compares.
/// </summary>
/// <param name="options">The policy's numbers; the defaults when null.</param>
public sealed class Scheduler(SchedulingOptions? options = null) : ISchedulingPolicy
{
    private readonly SchedulingOptions _options = options ?? new SchedulingOptions();

    /// <inheritdoc/>
    public Decision Decide(FarmView view, DateTimeOffset now)
    {
        var preempting = view.State.Open.Any(id => view.State.Batches[id].HasPreempting);
        if (view.State.Open.IsEmpty || !(preempting || view.State.Workers.Values.Any(worker => worker.Current is null)))
            return Decision.Nothing;
        var estimator = new Estimator(view, _options, now);
        var slots = Slots(view, estimator, now);
        var remaining = new RemainingWork(view.State, slots, estimator, _options);
        var placement = new TaskPlacement(view.State, slots, estimator, remaining, _options);
        var preempted = preempting ? new Preemption(view.State, slots, placement).Make(Queue(view, now)) : [];
        FinishEncoding(placement, slots, Queue(view, now));
        Place(placement, Queue(view, now), remaining, view.State.Workers.Count);
        placement.FillIdle();
        placement.Copy();
        return new Decision(preempted, placement.Assignments, new Prefetching(view.State, slots, estimator).Choose());
    }

    /// <summary>
    /// A worker that can't hold encoder and transformer together encodes the next prompts before it unloads the encoder.
    /// </summary>
    private void FinishEncoding(TaskPlacement placement, IReadOnlyList<Slot> slots, ClipQueue queue)
    {
        var must = slots.Where(slot => slot.IsIdle && slot.Resident.Holds(ModelPart.TextEncoder)
            && slot.Resident.EvictedBy(ModelPart.Transformer, slot.Worker.Capabilities).Contains(ModelPart.TextEncoder)).ToList();
        if (must.Count == 0 || queue.WaitingCount <= slots.Count)
            return;
        while (queue.NextClass() is { } priority)
        {
            queue.TakeBegun(priority);
            foreach (var candidate in Waiting(queue, priority).Take(_options.EncodeAhead).SelectMany(Candidates).Where(candidate => candidate.Work.Part == ModelPart.TextEncoder))
            {
                if (must.Find(slot => slot.IsIdle && placement.CanRun(slot, candidate)) is { } slot)
                    placement.Assign(slot, candidate);
            }

            return;
        }
    }

    private void Place(TaskPlacement placement, ClipQueue queue, RemainingWork remaining, int workers)
    {
        var window = (int)Math.Ceiling(_options.OpenClipsPerWorker * workers);
        var left = Math.Max(_options.LookAhead, 2 * placement.IdleCount);
        var open = queue.BegunCount;
        var isEnd = queue.WaitingCount <= _options.TailClipsPerWorker * workers;
        while (queue.NextClass() is { } priority)
        {
            foreach (var (candidate, isBegun) in InOrder(queue, priority, isEnd, remaining))
            {
                if (!isBegun && open++ >= window)
                    placement.FillIdle();
                if (placement.IdleCount == 0 || left == 0)
                    return;
                if (placement.Place(candidate))
                    left--; // what nobody can run must not hide what comes after it
            }
        }
    }

    /// <summary>
    /// Tasks of a class in the order in which they are placed. Towards the end, those whose chain is so long that the batch
    /// would wait for them come first.
    /// </summary>
    private static IEnumerable<(Candidate Candidate, bool IsBegun)> InOrder(ClipQueue queue, int priority, bool isEnd, RemainingWork remaining)
    {
        var begun = queue.TakeBegun(priority).SelectMany(Candidates).Select(candidate => (Candidate: candidate, IsBegun: true));
        var all = begun.Concat(Waiting(queue, priority).SelectMany(Candidates).Select(candidate => (Candidate: candidate, IsBegun: false)));
        return isEnd
            ? all.OrderByDescending(task => remaining.IsCritical(task.Candidate.Work) ? remaining.ChainSeconds(task.Candidate.Work) : 0)
            : all;
    }

    private static IEnumerable<QueuedClip> Waiting(ClipQueue queue, int priority)
    {
        while (queue.TakeWaiting(priority) is { } clip)
            yield return clip;
    }

    /// <summary>A clip's ready tasks for workers, the last of its plan first.</summary>
    private static IEnumerable<Candidate> Candidates(QueuedClip clip) => Candidate.Of(clip.Batch, clip.Clip);

    private ClipQueue Queue(FarmView view, DateTimeOffset now) => new(view.State, _options, now);

    /// <summary>
    /// The workers that are looked at: all that are free, and of a very large farm those of the others that are at their
    /// tasks for longest, which are enough to know whether waiting is better.
    /// </summary>
    private List<Slot> Slots(FarmView view, Estimator estimator, DateTimeOffset now)
    {
        var able = view.State.Workers.Values.Where(worker => worker.Capabilities.Hours?.Contains(now) ?? true);
        if (view.State.Workers.Count > _options.BusyWorkersLookedAt)
        {
            var all = able.ToList();
            able = all.Where(worker => worker.Current is null)
                .Concat(all.Where(worker => worker.Current is not null).OrderBy(worker => worker.Current!.StartedAt).Take(_options.BusyWorkersLookedAt));
        }

        var slots = able.Select(worker => new Slot(worker, view.Knowledge.Of(worker))).ToList();
        foreach (var slot in slots)
            slot.FreeIn = BusyFor(slot, estimator, now);
        return slots;
    }

    private static double BusyFor(Slot slot, Estimator estimator, DateTimeOffset now)
    {
        if (slot.Worker.Current is { } current)
            return estimator.RemainingSeconds(slot, current.Address);
        return slot.Known.Loading is { } loading
            ? Math.Max(0, estimator.LoadSeconds(slot, loading.Part) - (now - loading.Since).TotalSeconds)
            : 0;
    }
}
