using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Placement;

/// <summary>How long a guided step takes when a second worker computes some of its evaluations.</summary>
public static class SharedStep
{
    /// <summary>Seconds until both have done their evaluations.</summary>
    /// <param name="work">The stage.</param>
    /// <param name="evaluations">How many evaluations the helper does; fewer than the step has.</param>
    /// <param name="own">The worker that runs the stage.</param>
    /// <param name="helper">The worker that helps.</param>
    public static double Seconds(StageWork work, int evaluations, StepSpeed own, StepSpeed helper) =>
        Math.Max(
            own.Seconds * (work.Evaluations - evaluations) / work.Evaluations,
            (helper.Seconds * evaluations / work.Evaluations) + ExchangeSeconds(work, evaluations, own, helper));

    /// <summary>
    /// Seconds for the tokens to the helper and the velocities of its evaluations back, each by way of the coordinator. All are as large as
    /// the
    /// latent that the stage writes.
    /// </summary>
    public static double ExchangeSeconds(StageWork work, int evaluations, StepSpeed own, StepSpeed helper) =>
        work.OutputBytes * (1 + evaluations) * ((1 / own.LinkBytesPerSecond) + (1 / helper.LinkBytesPerSecond));
}

/// <summary>What a worker needs for a step.</summary>
/// <param name="Seconds">To compute all of its evaluations.</param>
/// <param name="LinkBytesPerSecond">Between it and the coordinator.</param>
public readonly record struct StepSpeed(double Seconds, double LinkBytesPerSecond);
