using MlxVideo.Farm.Policies;

namespace MlxVideo.Farm.Placement;

/// <summary>By which order stages are placed, and what becomes of workers that would rest.</summary>
/// <param name="ChainSlack">
/// A stage goes before others when its chain, so many times over, is longer than what the farm still has to do.
/// </param>
/// <param name="OpenClipsPerWorker">Clips that are open at a time, for each worker.</param>
/// <param name="FillsIdle">Whether free workers take stages that wait for others.</param>
/// <param name="ShortestFirst">
/// Stages that do not go first are taken by the length of their chain, the shortest first, and not in the order of clips.
/// </param>
/// <param name="HoldShare">A free worker is kept for a stage that is about to be ready, for at most this share of the stage's time.</param>
internal sealed record PlacementRule(
    double ChainSlack, double OpenClipsPerWorker, bool FillsIdle = true, bool ShortestFirst = false, double HoldShare = 0)
{
    /// <summary>Whether free workers are kept for stages that are about to be ready.</summary>
    public bool KeepsWorkers => HoldShare > 0;

    /// <summary>Seconds of chain from which on a stage goes before others; towards the end of a batch only.</summary>
    /// <param name="remaining">What is left to do.</param>
    /// <param name="waiting">Clips that are not begun.</param>
    /// <param name="workers">Workers of the farm.</param>
    public double CriticalFrom(RemainingWork remaining, int waiting, int workers) =>
        waiting <= PolicyConstants.TailClipsPerWorker * workers ? remaining.Seconds / ChainSlack : double.PositiveInfinity;
}
