using MlxVideo.Farm.Placement;
using MlxVideo.Farm.Policies;

namespace MlxVideo.Farm.Forecasting;

/// <summary>The placement rules that are forecast.</summary>
internal static class PlacementRules
{
    // Covers an upsampling between two denoise stages, yet costs a worker little when the estimate is wrong.
    private const double HoldShare = 0.1;

    private static readonly double[] SlacksInOrder = [6, 4, 3, 2.4, 1.8, 1.4, 1];
    private static readonly double[] SlacksShortestFirst = [1, 1.8, 2.4, 3];

    /// <summary>
    /// Returns rules that take clips in order, with varying preference for the longest chains. While a single batch is open,
    /// other orders affect no other batch's share, which allows two more kinds of rules: longest chain always first, which usually
    /// ends the batch earliest, and shortest chain first, which finishes most clips early.
    /// </summary>
    /// <param name="batches">Number of open batches.</param>
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
