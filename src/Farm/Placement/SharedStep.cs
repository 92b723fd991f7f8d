using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Placement;

/// <summary>Estimates the duration of a guided step when a helper computes some of its evaluations.</summary>
public static class SharedStep
{
    /// <summary>Returns the seconds until both workers have finished their evaluations.</summary>
    /// <param name="evaluations">Number of offloaded evaluations; less than the step's total.</param>
    /// <param name="own">Speed of the worker that runs the stage.</param>
    /// <param name="helper">Speed of the helper.</param>
    public static double Seconds(StageWork work, int evaluations, StepSpeed own, StepSpeed helper) =>
        Math.Max(
            own.Seconds * (work.Evaluations - evaluations) / work.Evaluations,
            (helper.Seconds * evaluations / work.Evaluations) + ExchangeSeconds(work, evaluations, own, helper));

    /// <summary>
    /// Returns the seconds to send the tokens to the helper and the velocities of its evaluations back, all via the coordinator.
    /// Each transfer is as large as the latent that the stage writes.
    /// </summary>
    public static double ExchangeSeconds(StageWork work, int evaluations, StepSpeed own, StepSpeed helper) =>
        work.OutputBytes * (1 + evaluations) * ((1 / own.LinkBytesPerSecond) + (1 / helper.LinkBytesPerSecond));
}

/// <summary>A worker's speed for a step.</summary>
/// <param name="Seconds">Seconds to compute all evaluations of the step.</param>
/// <param name="LinkBytesPerSecond">Transfer speed between the worker and the coordinator.</param>
public readonly record struct StepSpeed(double Seconds, double LinkBytesPerSecond);
