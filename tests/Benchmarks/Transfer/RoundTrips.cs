using System.Globalization;

namespace MlxVideo.Benchmarks.Transfer;

/// <summary>Round trips of requests to the coordinator's node, over the association that also carries heartbeats.</summary>
/// <param name="Count">Number of answered requests.</param>
/// <param name="P50Ms">Median in milliseconds.</param>
/// <param name="Lost">Requests without an answer.</param>
public sealed record RoundTrips(int Count, double P50Ms, double P99Ms, double MaxMs, int Lost)
{
    /// <summary>Summarizes samples.</summary>
    /// <param name="milliseconds">The samples; NaN for a request without an answer.</param>
    public static RoundTrips Of(IReadOnlyCollection<double> milliseconds)
    {
        var sorted = milliseconds.Where(double.IsFinite).Order().ToList();
        return sorted.Count == 0
            ? new RoundTrips(0, 0, 0, 0, milliseconds.Count)
            : new RoundTrips(
                sorted.Count, Math.Round(sorted[sorted.Count / 2], 3), Math.Round(sorted[(int)(sorted.Count * 0.99)], 3),
                Math.Round(sorted[^1], 3), milliseconds.Count - sorted.Count);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{P50Ms,8:0.00} {P99Ms,8:0.00} {MaxMs,8:0.00} ms ({Count} samples, {Lost} lost)");
}
