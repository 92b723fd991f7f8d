using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Forecasting;
using MlxVideo.Farm.Placement;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Scheduling;

/// <summary>
/// The scheduling policy. Keeps a window of open clips and finishes them in order. Each ready stage goes to the worker with the
/// earliest finish time, including loading and transfers, and waits for that worker if it is busy. An idle worker takes a stage
/// that waits for another worker if the batch does not end later. Towards the end, several placement rules are forecast and the
/// best one is followed. Pure and deterministic; docs/scheduling.md compares it with other policies.
/// </summary>
/// <param name="options">The policy's settings; the defaults when null.</param>
public sealed class Scheduler(SchedulingOptions? options = null) : ISchedulingPolicy
{
    private readonly SchedulingOptions _options = options ?? new SchedulingOptions();

    /// <inheritdoc/>
    public Decision Decide(FarmSnapshot view, DateTimeOffset now)
    {
        var preempting = view.State.Open.Any(id => view.State.Batches[id].HasPreempting);
        if (view.State.Open.IsEmpty || !(preempting || view.State.Workers.Values.Any(worker => worker.Current is null)))
            return Decision.Nothing;
        var estimator = new Estimator(view, _options, now);
        var slots = FarmSlots.Of(view, estimator, now);
        var candidates = new Candidates(view.State, slots, new FarmTimes(slots, estimator));
        var remaining = new RemainingWork(view.State, slots, estimator);
        var work = TriesRules(view.State, slots.Count) ? new OpenWork(Clips(view, now), candidates, remaining) : null;
        var rule = (work?.CanBeGiven(slots) == true ? BestRule(view, work, slots, remaining, now) : null) ?? UsualRule(view.State);
        var placement = new StagePlacement(slots, remaining, rule);
        var ready = work?.QueueFor(rule);

        var stopped = preempting ? new Preemption(view.State, slots, candidates, placement).Make(Queue(view, now)) : new HashSet<Slot>();
        FinishEncoding(placement, slots, candidates, Queue(view, now));
        var queue = Queue(view, now);
        var criticalFrom = rule.CriticalFrom(remaining, queue.WaitingCount, view.State.Workers.Count);
        if (ready is null)
            placement.PlaceAll(InOrder(queue, candidates, remaining, criticalFrom), queue.BegunCount, view.State.Workers.Count);
        else
            ready.PlaceAll(placement, slots, criticalFrom, queue.BegunCount, view.State.Workers.Count);
        var offloading = new EvaluationOffloading(view, slots, estimator, candidates, _options);
        new SpeculativeAttempts(view.State, slots, estimator, candidates, placement, offloading, _options).Make(stopped);
        var prefetches = new Prefetching(slots, candidates).Choose(placement.Kept);
        return new Decision(
            stopped.Select(slot => slot.Worker.Current!.Address).ToList(),
            placement.Placed.Select(placed => placed.Assignment).ToList(),
            prefetches,
            offloading.Choose(
                placement.Placed.Select(placed => placed.Candidate.Address)
                    .Concat(stopped.Select(slot => slot.Worker.Current!.Address.Stage)).ToHashSet(),
                prefetches.Select(prefetch => prefetch.Worker).ToHashSet()));
    }

    private PlacementRule? BestRule(
        FarmSnapshot view, OpenWork work, IReadOnlyList<Slot> slots, RemainingWork remaining, DateTimeOffset now) =>
        new RuleChoice(
            work, slots, remaining, view.State.Workers.Count,
            view.State.Workers.Keys.Any(worker => view.Profiles.Speeds.PaceOf(worker) > PolicyConstants.StrainedPace), view.WallClock(now))
                .Best(PlacementRules.For(view.State.Open.Count, _options));

    private IEnumerable<QueuedClip> Clips(FarmSnapshot view, DateTimeOffset now) => ClipQueue.All(view.State, _options, now);

    private ClipQueue Queue(FarmSnapshot view, DateTimeOffset now) => new(view.State, _options, now);

    /// <summary>True when few enough clips are left, on a small enough farm, to forecast several rules.</summary>
    private bool TriesRules(FarmState state, int slots)
    {
        var clips = state.Open.Sum(id => state.Batches[id].Started.Count + state.Batches[id].Waiting.Count);
        return clips <= _options.ForecastClipsPerWorker * state.Workers.Count && clips * slots <= PolicyConstants.LargestForecast;
    }

    /// <summary>The rule for decisions without a forecast. In a batch that is small for the farm, the tail dominates.</summary>
    private PlacementRule UsualRule(FarmState state)
    {
        var clips = state.Open.Max(id => state.Batches[id].Clips.Count);
        var smallness = Math.Max(0, 1 - (clips / (PolicyConstants.TailClipsPerWorker * state.Workers.Count)));
        return new PlacementRule(PolicyConstants.ChainSlack + (PolicyConstants.SmallBatchSlack * smallness), _options.OpenClipsPerWorker);
    }

    /// <summary>
    /// On a worker that can't hold the text encoder and the transformer together, encodes upcoming prompts before the encoder is
    /// evicted.
    /// </summary>
    private void FinishEncoding(StagePlacement placement, IReadOnlyList<Slot> slots, Candidates candidates, ClipQueue queue)
    {
        var must = slots.Where(slot => slot.IsIdle && slot.Resident.Holds(ModelComponent.TextEncoder)
            && slot.Resident.EvictedBy(ModelComponent.Transformer, slot.Worker.Capabilities).Contains(ModelComponent.TextEncoder)).ToList();
        if (must.Count == 0 || queue.WaitingCount <= slots.Count || queue.NextClass() is not { } priority)
            return;
        queue.TakeBegun(priority);
        foreach (
            var candidate in queue.TakeAllWaiting(priority).Take(_options.EncodeAhead).SelectMany(candidates.ReadyOf)
                .Where(candidate => candidate.Work.Component == ModelComponent.TextEncoder))
        {
            if (must.Find(slot => slot.IsIdle && placement.CanRun(slot, candidate)) is { } slot)
                placement.Assign(slot, candidate);
        }
    }

    /// <summary>
    /// Returns the ready stages in placement order without a forecast, and whether their clips have begun: by priority class, and
    /// within a class the critical chains first, longest first.
    /// </summary>
    private static IEnumerable<(Candidate Candidate, bool IsBegun)> InOrder(
        ClipQueue queue, Candidates candidates, RemainingWork remaining, double criticalFrom)
    {
        while (queue.NextClass() is { } priority)
        {
            var ready = queue.TakeBegun(priority).Concat(queue.TakeAllWaiting(priority)).SelectMany(candidates.ReadyOf);
            var stages = double.IsFinite(criticalFrom)
                ? ready.OrderByDescending(
                    candidate => remaining.ChainSeconds(candidate.Work) is var chain && chain > criticalFrom ? chain : 0)
                : ready;
            foreach (var candidate in stages)
                yield return (candidate, candidate.Queued.IsBegun);
        }
    }
}
