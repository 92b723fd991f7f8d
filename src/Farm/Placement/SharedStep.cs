using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Placement;

/// <summary>How long a guided step takes when a second worker computes some of its passes.</summary>
public static class SharedStep
{
    /// <summary>Seconds until both have done their passes.</summary>
    /// <param name="work">The task.</param>
    /// <param name="passes">How many passes the helper does; fewer than the step has.</param>
    /// <param name="own">The worker that runs the task.</param>
    /// <param name="helper">The worker that helps.</param>
    public static double Seconds(StageWork work, int passes, StepSpeed own, StepSpeed helper) =>
        Math.Max(
            own.Seconds * (work.Passes - passes) / work.Passes,
            (helper.Seconds * passes / work.Passes) + ExchangeSeconds(work, passes, own, helper));

    /// <summary>
    /// Seconds for the tokens to the helper and the velocities of its passes back, each by way of the coordinator. All are as large as the
    /// latent that the task writes.
    /// </summary>
    public static double ExchangeSeconds(StageWork work, int passes, StepSpeed own, StepSpeed helper) =>
        work.OutputBytes * (1 + passes) * ((1 / own.LinkBytesPerSecond) + (1 / helper.LinkBytesPerSecond));
}

/// <summary>What a worker needs for a step.</summary>
/// <param name="Seconds">To compute all of its passes.</param>
/// <param name="LinkBytesPerSecond">Between it and the coordinator.</param>
public readonly record struct StepSpeed(double Seconds, double LinkBytesPerSecond);
