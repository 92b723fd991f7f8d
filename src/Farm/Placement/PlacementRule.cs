using MlxVideo.Farm.Policies;

namespace MlxVideo.Farm.Placement;

/// <summary>The order in which stages are placed, and the treatment of workers that would otherwise stay idle.</summary>
/// <param name="ChainSlack">
/// A stage is critical, and goes first, when its chain times this factor exceeds the farm's remaining work.
/// </param>
/// <param name="OpenClipsPerWorker">Maximum number of open clips per worker.</param>
/// <param name="FillsIdle">True when idle workers take stages that wait for other workers.</param>
/// <param name="ShortestFirst">True when the other stages are placed by chain length, shortest first, instead of in clip order.</param>
/// <param name="HoldShare">
/// An idle worker is reserved for a stage that will soon be ready, for at most this share of the stage's time.
/// </param>
internal sealed record PlacementRule(
    double ChainSlack, double OpenClipsPerWorker, bool FillsIdle = true, bool ShortestFirst = false, double HoldShare = 0)
{
    /// <summary>True when idle workers are reserved for stages that will soon be ready.</summary>
    public bool KeepsWorkers => HoldShare > 0;

    /// <summary>Returns the chain length in seconds above which a stage is critical; finite only towards the end of a batch.</summary>
    /// <param name="waiting">Number of clips that have not begun.</param>
    /// <param name="workers">Number of workers in the farm.</param>
    public double CriticalFrom(RemainingWork remaining, int waiting, int workers) =>
        waiting <= PolicyConstants.TailClipsPerWorker * workers ? remaining.Seconds / ChainSlack : double.PositiveInfinity;
}
