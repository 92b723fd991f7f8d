using System.Globalization;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;

namespace MlxVideo.Farm.Decisions;

/// <summary>Decides whether an attempt is stalled: its worker answers, but completes no step.</summary>
public static class StallDecisions
{
    /// <summary>
    /// Returns how long a worker's current attempt may complete no step, a multiple of the learned time of a step; null when it has none
    /// left to complete. Before the first step, the time covers loading and the whole stage.
    /// </summary>
    public static TimeSpan? LimitOf(FarmSnapshot farm, FarmWorker worker, FarmOptions options)
    {
        if (worker.Current?.Address is not { } attempt || farm.State.ClipOf(attempt.Stage) is not { } clip)
            return null;
        var work = clip.Work[attempt.Stage.StageId];
        var stage = farm.Profiles.Speeds.Seconds(
            worker.Id, worker.Capabilities.Precision, worker.Capabilities.TeraflopsPerSecond, work);
        var steps = farm.Profiles.Steps.GetValueOrDefault(attempt);
        if (steps is { Steps: > 0 } && steps.Step >= steps.Steps)
            return null; // transferring its outputs, which has a limit of its own
        var expected = steps is { Steps: > 0 } ? stage / steps.Steps : stage + LoadSeconds(farm, worker, work.Component);
        var limit = Math.Max(options.StallMinimum.TotalSeconds, options.StallFactor * expected);
        return limit < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(limit) : TimeSpan.MaxValue;
    }

    /// <summary>Returns the message of a stalled attempt.</summary>
    public static string Describe(string worker, TimeSpan quiet) => string.Create(
        CultureInfo.InvariantCulture, $"{worker} has completed no step for {quiet.TotalSeconds:0} s, far longer than a step takes there");

    private static double LoadSeconds(FarmSnapshot farm, FarmWorker worker, Shared.Stages.ModelComponent? component) =>
        component is { } needed ? worker.Capabilities.BytesOf(needed) / farm.Profiles.Of(worker).DiskBytesPerSecond : 0;
}
