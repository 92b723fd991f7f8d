namespace MlxVideo.Engine.Tests.Golden;

/// <summary>Statistics in released checkpoints that no model reads (docs/reference/vae.md, section 10).</summary>
internal static class UnusedStatistics
{
    private static readonly string[] Names = ["channel", "mean-of-stds", "mean-of-stds_over_std-of-means"];

    public static bool Contains(string key) =>
        Names.Any(name => key.EndsWith($"per_channel_statistics.{name}", StringComparison.Ordinal));
}
