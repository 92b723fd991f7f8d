namespace MlxVideo.Farm.Policies;

/// <summary>
/// Constants of the scheduling policy that no farm needs to change. They were tuned together on simulated farms (docs/scheduling.md).
/// </summary>
internal static class PolicyConstants
{
    /// <summary>
    /// An idle worker takes a stage that another would finish earlier if it needs at most this multiple of the time, or if the batch does
    /// not end later.
    /// </summary>
    public const double TailGuard = 1.2;

    /// <summary>A clip is critical when its remaining chain, times this factor, exceeds the rest of the batch.</summary>
    public const double ChainSlack = 1.8;

    /// <summary>Added to <see cref="ChainSlack"/> for a batch that is small for the farm, where the tail dominates.</summary>
    public const double SmallBatchSlack = 4;

    /// <summary>Waiting clips per worker below which the tail of the batch is considered.</summary>
    public const double TailClipsPerWorker = 4;

    /// <summary>Most busy workers considered per decision.</summary>
    public const int BusyWorkersConsidered = 128;

    /// <summary>Fewest ready stages considered per decision.</summary>
    public const int LookAhead = 64;

    /// <summary>Most idle workers, and most attempts that they could help, considered per decision.</summary>
    public const int HelpersConsidered = 16;

    /// <summary>Largest share of a guided step that exchanging tokens and velocities may take.</summary>
    public const double OffloadExchangeShare = 0.2;

    /// <summary>Most open clips times workers for which a decision forecasts: decisions must stay fast.</summary>
    public const int LargestForecast = 1600;

    /// <summary>How much later a batch may end, as a share of the time left, in exchange for an earlier mean completion.</summary>
    public const double MakespanTolerance = 0.022;

    /// <summary>No makespan is given up while a worker is slower than usual by this factor.</summary>
    public const double StrainedPace = 2;

    /// <summary>Open clips per worker from which <see cref="MakespanTolerance"/> applies in full; below, it falls quickly.</summary>
    public const double TolerantClipsPerWorker = 3;
}
