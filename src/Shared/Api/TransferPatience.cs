namespace MlxVideo.Shared.Api;

/// <summary>The speed below which a transfer counts as stalled.</summary>
/// <param name="Window">Length of the period that is observed.</param>
/// <param name="MinBytes">Number of bytes to be transferred in each period.</param>
public sealed record TransferPatience(TimeSpan Window, long MinBytes)
{
    /// <summary>For the only source or target: any progress will do. Longer than a store takes to hash the largest file.</summary>
    public static TransferPatience Default { get; } = new(TimeSpan.FromSeconds(30), 1);
}
