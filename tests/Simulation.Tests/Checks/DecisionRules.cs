using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Simulation.Tests.Checks;

/// <summary>Rules that every decision must follow, independent of the policy.</summary>
internal static class DecisionRules
{
    /// <summary>A worker gets only stages that fit into its memory, match its tags and model, and start within its allowed hours.</summary>
    public static void AssignsOnlyWhatFits(FarmSnapshot view, Decision decision, DateTimeOffset now)
    {
        foreach (var assignment in decision.Assign)
        {
            var worker = view.State.Workers[assignment.Worker];
            var clip = view.State.ClipOf(assignment.Stage)!;
            var work = clip.Work[assignment.Stage.StageId];
            var needed = worker.Capabilities.MinBytesOf(work.Component!.Value)
                + (work.ActivationElements * worker.Capabilities.BytesPerElement);
            Assert.True(
                needed <= worker.Capabilities.MemoryBytes, $"{assignment} needs {needed} of {worker.Capabilities.MemoryBytes} bytes.");
            Assert.True(clip.Constraints.Tag is null
                || worker.Capabilities.Tags.Contains(clip.Constraints.Tag), $"{assignment} requires the tag {clip.Constraints.Tag}.");
            Assert.True(view.State.Batches[assignment.Stage.Batch].Model is not { } model
                || model == worker.Model, $"{assignment} belongs to a batch of another model.");
            Assert.True(worker.Capabilities.Hours?.Contains(now) ?? true, $"{assignment} is outside the worker's allowed hours.");
        }
    }

    /// <summary>Each worker gets at most one stage, and only when it is free or its attempt is preempted.</summary>
    public static void GoesToFreeWorkers(FarmSnapshot view, Decision decision, DateTimeOffset now)
    {
        Assert.Equal(decision.Assign.Count, decision.Assign.Select(assignment => assignment.Worker).Distinct().Count());
        foreach (var assignment in decision.Assign)
            Assert.True(view.State.Workers[assignment.Worker].Current is not { } current
                || decision.Preempt.Contains(current.Address), $"{assignment} goes to a busy worker.");
        foreach (var prefetch in decision.Prefetch)
        {
            Assert.Null(view.State.Workers[prefetch.Worker].Current);
            Assert.DoesNotContain(decision.Assign, assignment => assignment.Worker == prefetch.Worker);
        }
    }

    /// <summary>Offloads go only to otherwise idle workers, and only when they fit.</summary>
    public static void OffloadsToIdleWorkers(FarmSnapshot view, Decision decision, DateTimeOffset now)
    {
        var busy = decision.Assign.Select(assignment => assignment.Worker)
            .Concat(decision.Prefetch.Select(prefetch => prefetch.Worker)).ToHashSet();
        foreach (var offload in decision.Offload)
        {
            Assert.True(busy.Add(offload.Worker), $"{offload} goes to a worker that has other work.");
            Assert.Equal((null, null), (view.State.Workers[offload.Worker].Current, view.State.Workers[offload.Worker].Offload));
            Assert.DoesNotContain(offload.Attempt, decision.Preempt);
        }

        AssignsOnlyWhatFits(
            view, decision with
            {
                Assign = decision.Offload.Select(offload => new Assignment(offload.Attempt.Stage, offload.Worker))
                .ToList()
            }, now);
    }

    /// <summary>Decisions depend only on the farm and the time.</summary>
    public static Action<FarmSnapshot, Decision, DateTimeOffset> IsRepeatable(ISchedulingPolicy policy) => (view, decision, now) =>
    {
        var again = policy.Decide(view, now);
        Assert.Equal(decision.Preempt, again.Preempt);
        Assert.Equal(decision.Assign, again.Assign);
        Assert.Equal(decision.Prefetch, again.Prefetch);
        Assert.Equal(decision.Offload, again.Offload);
    };

    /// <summary>Only clips with preemption preempt attempts, and only attempts of lower classes.</summary>
    public static void PreemptsOnlyLowerClasses(FarmSnapshot view, Decision decision, DateTimeOffset now)
    {
        Assert.Equal(decision.Preempt.Count, decision.Preempt.Distinct().Count());
        foreach (var stopped in decision.Preempt)
        {
            var worker = Assert.Single(view.State.Workers.Values, worker => worker.Current?.Address == stopped);
            var successor = Assert.Single(decision.Assign, assignment => assignment.Worker == worker.Id);
            var constraints = view.State.ClipOf(successor.Stage)!.Constraints;
            Assert.True(constraints.Preempts, $"{successor} preempted {worker.Id}, but its clip has no preemption.");
            Assert.True(
                constraints.Priority > view.State.ClipOf(stopped.Stage)!.Constraints.Priority,
                $"{successor} preempted {stopped}, which is not of a lower class.");
        }
    }

    /// <summary>Equal stages run once; only a speculative attempt may repeat a running stage.</summary>
    public static void RunsEqualStagesOnce(FarmSnapshot view, Decision decision, DateTimeOffset now)
    {
        var first = decision.Assign.Where(assignment => !assignment.IsSpeculative)
            .Select(assignment => Key(view.State, assignment.Stage)).ToList();
        Assert.Equal(first.Count, first.Distinct().Count());
        var running = view.State.Workers.Values.Select(worker => worker.Current?.Address).OfType<AttemptAddress>()
            .Where(attempt => !decision.Preempt.Contains(attempt)).Select(attempt => Key(view.State, attempt.Stage)).ToHashSet();
        Assert.DoesNotContain(first, running.Contains);
    }

    private static string Key(FarmState state, StageAddress stage) => state.ClipOf(stage)!.Work[stage.StageId].Key;
}
