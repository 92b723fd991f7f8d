using MlxVideo.Farm.Commands;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Running;

namespace MlxVideo.Simulation.Bounds;

/// <summary>A clip as bounds see it: its tasks for Macs, and how long they really take.</summary>
/// <param name="Row">Its row.</param>
/// <param name="Plan">All its tasks.</param>
/// <param name="Tasks">Those for Macs.</param>
/// <param name="MuxSeconds">Seconds to mux it.</param>
internal sealed record ClipTime(int Row, StagePlan Plan, IReadOnlyList<TaskTimes> Tasks, double MuxSeconds)
{
    /// <summary>Seconds of its longest chain, each task on the Mac that is best at it.</summary>
    public double Path => LongestPath(Plan, Tasks) + MuxSeconds;

    /// <summary>The clips of a batch.</summary>
    public static IReadOnlyList<ClipTime> Of(IReadOnlyList<SimulatedMac> macs, BatchRequest batch, TrueTimes times)
    {
        var all = batch.Clips.Select(clip =>
        {
            var plan = StagePlanner.Plan(clip.Settings);
            var work = ClipWork.Of(plan, clip.Settings);
            var tasks = plan.Tasks.Where(task => work[task.Id].Part is not null).Select(task => new TaskTimes(
                task,
                work[task.Id],
                macs.Select(mac => CanHold(mac, work[task.Id])
                    ? times.Seconds(mac, clip.Row, task.Id, work[task.Id])
                    : double.PositiveInfinity).ToArray())).ToList();
            return new ClipTime(clip.Row, plan, tasks, times.MuxSeconds(work[plan.Tasks[^1].Id]));
        }).ToList();

        // Clips that share a task wait for whichever does it in least time.
        var shared = all.SelectMany(clip => clip.Tasks).GroupBy(task => task.Work.Key)
            .ToDictionary(equal => equal.Key, equal => macs.Select((_, mac) => equal.Min(task => task.Seconds[mac])).ToArray());
        return all.Select(clip => clip with { Tasks = clip.Tasks.Select(task => task with { Seconds = shared[task.Work.Key] }).ToList() })
            .ToList();
    }

    /// <summary>Seconds of its shortest task of a kind on the Mac that is best at it.</summary>
    public double Best(string kind) => Tasks.Where(task => task.Work.Kind == kind).Min(task => task.Best);

    private static bool CanHold(SimulatedMac mac, StageWork work) =>
        mac.Capabilities.LeastBytesOf(work.Part!.Value)
            + (work.ActivationElements * mac.Capabilities.BytesPerElement) <= mac.Capabilities.MemoryBytes;

    private static double LongestPath(StagePlan plan, IReadOnlyList<TaskTimes> tasks)
    {
        var ends = plan.ExternalInputs.Keys.ToDictionary(given => given, _ => 0.0);
        foreach (var task in tasks)
        {
            var end = task.Task.Inputs.Select(input => ends[input]).DefaultIfEmpty(0).Max() + task.Best;
            foreach (var output in task.Task.Outputs)
                ends[output] = end;
        }

        return ends.Values.Max();
    }
}

/// <summary>A task, and how long it takes.</summary>
/// <param name="Task">The task.</param>
/// <param name="Work">What the scheduler knows of it.</param>
/// <param name="Seconds">Seconds on each Mac, by its place; infinite where it does not fit.</param>
internal sealed record TaskTimes(StageTask Task, StageWork Work, double[] Seconds)
{
    /// <summary>Seconds on the Mac that is best at it; on the two best together where they can share its passes.</summary>
    public double Best => Work.Passes > 1 ? 1 / Seconds.Order().Take(2).Sum(seconds => 1 / seconds) : Seconds.Min();
}
