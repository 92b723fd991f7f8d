namespace MlxVideo.Farm.Policies;

/// <summary>
/// Constants of the scheduling policy that no farm should need to change. They were tuned together on simulated farms
/// (docs/scheduling.md).
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

    /// <summary>Added to <see cref="ChainSlack"/> for batches that are small for the farm, where the tail dominates.</summary>
    public const double SmallBatchSlack = 4;

    /// <summary>Waiting clips per worker below which the tail of the batch is considered.</summary>
    public const double TailClipsPerWorker = 4;

    /// <summary>Maximum number of busy workers considered per decision.</summary>
    public const int BusyWorkersConsidered = 128;

    /// <summary>Minimum number of ready stages considered per decision.</summary>
    public const int LookAhead = 64;

    /// <summary>Maximum number of idle workers, and of attempts that could offload to them, considered per decision.</summary>
    public const int HelpersConsidered = 16;

    /// <summary>Maximum share of a guided step for the exchange of tokens and velocities.</summary>
    public const double OffloadExchangeShare = 0.2;

    /// <summary>Maximum product of open clips and workers for which a decision forecasts: decisions must stay fast.</summary>
    public const int LargestForecast = 1600;

    /// <summary>Share of the remaining time by which a batch may end later in exchange for an earlier mean completion.</summary>
    public const double MakespanTolerance = 0.022;

    /// <summary>No makespan is traded while a worker is slower than usual by this factor.</summary>
    public const double StrainedPace = 2;

    /// <summary>Open clips per worker from which <see cref="MakespanTolerance"/> applies in full; below, it falls steeply.</summary>
    public const double TolerantClipsPerWorker = 3;
}
