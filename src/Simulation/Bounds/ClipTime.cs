using MlxVideo.Farm.Commands;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;
using MlxVideo.Simulation.Farms;
using MlxVideo.Simulation.Running;

namespace MlxVideo.Simulation.Bounds;

/// <summary>A clip's stages with their true times, for the computation of bounds.</summary>
/// <param name="Plan">All stages of the clip.</param>
/// <param name="Stages">The stages that run on Macs.</param>
/// <param name="MuxSeconds">Seconds to mux the clip.</param>
internal sealed record ClipTime(int Row, StagePlan Plan, IReadOnlyList<StageTimes> Stages, double MuxSeconds)
{
    /// <summary>Seconds of the longest chain, muxing included, with each stage on its fastest Mac.</summary>
    public double Path => LongestPath(Plan, Stages) + MuxSeconds;

    /// <summary>Returns the clips of a batch.</summary>
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

        // Clips with a shared stage wait for the fastest instance of that stage.
        var shared = all.SelectMany(clip => clip.Stages).GroupBy(stage => stage.Work.Key)
            .ToDictionary(equal => equal.Key, equal => macs.Select((_, mac) => equal.Min(stage => stage.Seconds[mac])).ToArray());
        return all.Select(
            clip => clip with { Stages = clip.Stages.Select(stage => stage with { Seconds = shared[stage.Work.Key] }).ToList() })
            .ToList();
    }

    /// <summary>Returns the seconds of the shortest stage of a stage kind on its fastest Mac.</summary>
    public double Best(string kind) => Stages.Where(stage => stage.Work.Kind == kind).Min(stage => stage.Best);

    private static bool CanHold(SimulatedMac mac, StageWork work) =>
        mac.Capabilities.MinBytesOf(work.Component!.Value)
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

/// <summary>A stage with its true times.</summary>
/// <param name="Work">The scheduler's information about the stage.</param>
/// <param name="Seconds">Seconds on each Mac, by Mac index; infinite where the stage does not fit.</param>
internal sealed record StageTimes(Stage Stage, StageWork Work, double[] Seconds)
{
    /// <summary>Seconds on the fastest Mac, or on the two fastest together if the stage's evaluations can be shared.</summary>
    public double Best => Work.Evaluations > 1 ? 1 / Seconds.Order().Take(2).Sum(seconds => 1 / seconds) : Seconds.Min();
}
