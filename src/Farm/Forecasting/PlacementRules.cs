using MlxVideo.Farm.Placement;
using MlxVideo.Farm.Policies;

namespace MlxVideo.Farm.Forecasting;

/// <summary>The rules that are tried ahead.</summary>
internal static class PlacementRules
{
    // Long enough for an upsampling between two denoise stages, short enough that a worker loses little when the estimate is off.
    private const double HoldShare = 0.1;

    private static readonly double[] SlacksInOrder = [6, 4, 3, 2.4, 1.8, 1.4, 1];
    private static readonly double[] SlacksShortestFirst = [1, 1.8, 2.4, 3];

    /// <summary>
    /// Clips in their order, with more and with less care for the longest chains. Where a single batch is open, nobody's share
    /// is touched by other orders: the longest chain always first, by which a batch ends earliest as a rule, and the shortest
    /// chain first, by which most clips are finished early.
    /// </summary>
    /// <param name="batches">Batches that are open.</param>
    /// <param name="options">The policy's numbers.</param>
    public static IEnumerable<PlacementRule> For(int batches, SchedulingOptions options)
    {
        var inOrder = SlacksInOrder.Select(slack => new PlacementRule(slack, options.OpenClipsPerWorker, HoldShare: HoldShare));
        if (batches > 1)
            return inOrder;
        var longestFirst = new PlacementRule(double.PositiveInfinity, double.PositiveInfinity, FillsIdle: false, HoldShare: HoldShare);
        var shortestFirst = from slack in SlacksShortestFirst
                            from window in new[] { options.OpenClipsPerWorker, 2 * options.OpenClipsPerWorker }
                            select new PlacementRule(slack, window, ShortestFirst: true, HoldShare: HoldShare);
        return [longestFirst, .. inOrder, .. shortestFirst];
    }
}
