namespace MlxVideo.Coordinator.Farm;

/// <summary>Times of the work protocol.</summary>
public sealed record FarmOptions
{
    /// <summary>An attempt whose worker is silent for so long is given to another.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often leases are looked at, and work is given out by time alone.</summary>
    public TimeSpan TickInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Watchers of a batch are told of changes at most this often.</summary>
    public TimeSpan ViewInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Clips that are muxed at the same time.</summary>
    public int ConcurrentMuxes { get; init; } = 1;
}
