using MlxVideo.Farm.Commands;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Stages;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Running;

namespace MlxVideo.Simulation.Bounds;

/// <summary>A clip as bounds see it: its stages for Macs, and how long they really take.</summary>
/// <param name="Row">Its row.</param>
/// <param name="Plan">All its stages.</param>
/// <param name="Stages">Those for Macs.</param>
/// <param name="MuxSeconds">Seconds to mux it.</param>
internal sealed record ClipTime(int Row, StagePlan Plan, IReadOnlyList<StageTimes> Stages, double MuxSeconds)
{
    /// <summary>Seconds of its longest chain, each stage on the Mac that is best at it.</summary>
    public double Path => LongestPath(Plan, Stages) + MuxSeconds;

    /// <summary>The clips of a batch.</summary>
    public static IReadOnlyList<ClipTime> Of(IReadOnlyList<SimulatedMac> macs, BatchRequest batch, TrueTimes times)
    {
        var all = batch.Clips.Select(clip =>
        {
            var plan = StagePlanner.Plan(clip.Settings);
            var work = ClipWork.Of(plan, clip.Settings);
            var stages = plan.Stages.Where(stage => work[stage.Id].Component is not null).Select(stage => new StageTimes(
                stage,
                work[stage.Id],
                macs.Select(mac => CanHold(mac, work[stage.Id])
                    ? times.Seconds(mac, clip.Row, stage.Id, work[stage.Id])
                    : double.PositiveInfinity).ToArray())).ToList();
            return new ClipTime(clip.Row, plan, stages, times.MuxSeconds(work[plan.Stages[^1].Id]));
        }).ToList();

        // Clips that share a stage wait for whichever does it in least time.
        var shared = all.SelectMany(clip => clip.Stages).GroupBy(stage => stage.Work.Key)
            .ToDictionary(equal => equal.Key, equal => macs.Select((_, mac) => equal.Min(stage => stage.Seconds[mac])).ToArray());
        return all.Select(
            clip => clip with { Stages = clip.Stages.Select(stage => stage with { Seconds = shared[stage.Work.Key] }).ToList() })
            .ToList();
    }

    /// <summary>Seconds of its shortest stage of a kind on the Mac that is best at it.</summary>
    public double Best(string kind) => Stages.Where(stage => stage.Work.Kind == kind).Min(stage => stage.Best);

    private static bool CanHold(SimulatedMac mac, StageWork work) =>
        mac.Capabilities.LeastBytesOf(work.Component!.Value)
            + (work.ActivationElements * mac.Capabilities.BytesPerElement) <= mac.Capabilities.MemoryBytes;

    private static double LongestPath(StagePlan plan, IReadOnlyList<StageTimes> stages)
    {
        var ends = plan.ExternalInputs.Keys.ToDictionary(given => given, _ => 0.0);
        foreach (var stage in stages)
        {
            var end = stage.Stage.Inputs.Select(input => ends[input]).DefaultIfEmpty(0).Max() + stage.Best;
            foreach (var output in stage.Stage.Outputs)
                ends[output] = end;
        }

        return ends.Values.Max();
    }
}

/// <summary>A stage, and how long it takes.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Work">What the scheduler knows of it.</param>
/// <param name="Seconds">Seconds on each Mac, by its place; infinite where it does not fit.</param>
internal sealed record StageTimes(Stage Stage, StageWork Work, double[] Seconds)
{
    /// <summary>Seconds on the Mac that is best at it; on the two best together where they can share its evaluations.</summary>
    public double Best => Work.Evaluations > 1 ? 1 / Seconds.Order().Take(2).Sum(seconds => 1 / seconds) : Seconds.Min();
}
