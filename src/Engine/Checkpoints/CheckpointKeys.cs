namespace MlxVideo.Engine.Checkpoints;

/// <summary>Keys that released checkpoints carry but no model reads.</summary>
public static class CheckpointKeys
{
    private static readonly string[] UnusedStatistics = ["channel", "mean-of-stds", "mean-of-stds_over_std-of-means"];

    /// <summary>True for the bookkeeping statistics beside the latent means and deviations (docs/reference/vae.md, section 10).</summary>
    public static bool IsUnusedStatistic(string key) =>
        UnusedStatistics.Any(name => key.EndsWith($"per_channel_statistics.{name}", StringComparison.Ordinal));
}
