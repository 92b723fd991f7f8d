namespace MlxVideo.Farm.Policies;

/// <summary>The numbers of the scheduling policy; docs/scheduling.md shows what they were chosen by.</summary>
public sealed record SchedulingOptions
{
    /// <summary>Clips that are open at the same time, for each worker: more keep more workers busy, fewer are finished earlier.</summary>
    public double OpenClipsPerWorker { get; init; } = 2;

    /// <summary>
    /// A free worker takes a stage that another one would finish earlier, if it takes at most so many times as long, or does not make the
    /// batch end later.
    /// </summary>
    public double TailGuard { get; init; } = 1.2;

    /// <summary>
    /// How many times the time of its remaining chain a clip may need: one that would not be ready by the end of the batch goes first.
    /// </summary>
    public double ChainSlack { get; init; } = 1.8;

    /// <summary>What is added to it for a batch that is small for the farm: there the end is all there is.</summary>
    public double SmallBatchSlack { get; init; } = 4;

    /// <summary>Clips that wait, for each worker, from which on the end of the batch is looked at.</summary>
    public double TailClipsPerWorker { get; init; } = 4;

    /// <summary>Clips that wait whose prompts are encoded before a worker unloads the encoder for the transformer.</summary>
    public int EncodeAhead { get; init; } = 8;

    /// <summary>Busy workers that are looked at for each decision, at most.</summary>
    public int BusyWorkersConsidered { get; init; } = 128;

    /// <summary>Ready stages that are looked at for each decision, at least.</summary>
    public int LookAhead { get; init; } = 64;

    /// <summary>The share of a worker's memory that stays free when a stage is placed.</summary>
    public double MemoryReserve { get; init; } = 0.1;

    /// <summary>
    /// A copy of a running stage is started where it would end in less than this share of the time that the stage still needs.
    /// </summary>
    public double SpeculativeAttemptGain { get; init; } = 0.7;

    /// <summary>Share of the workers that may run copies at the same time; one always may.</summary>
    public double SpeculativeAttemptShare { get; init; } = 0.1;

    /// <summary>
    /// A worker with nothing to do computes evaluations of another's guided step if the step takes at least such a share less time by it.
    /// </summary>
    public double OffloadGain { get; init; } = 0.15;

    /// <summary>Free workers, and attempts that they could help, that are looked at for each decision, at most.</summary>
    public int HelpersConsidered { get; init; } = 16;

    /// <summary>The share of a guided step that sending tokens and velocities may take at most.</summary>
    public double OffloadExchangeShare { get; init; } = 0.2;

    /// <summary>Open clips, for each worker, up to which several rules are tried ahead for each decision.</summary>
    public double ForecastClipsPerWorker { get; init; } = 5;

    /// <summary>Open clips times workers up to which that is done: a decision must not take long.</summary>
    public int LargestForecast { get; init; } = 1600;

    /// <summary>
    /// How much later the batch may end by the rule that is chosen, as a share of the time that is left, if clips are finished earlier in
    /// the mean.
    /// </summary>
    public double MakespanTolerance { get; init; } = 0.022;

    /// <summary>Nothing is given of the makespan while a worker is so many times slower than it usually is.</summary>
    public double StrainedPace { get; init; } = 2;

    /// <summary>Open clips, for each worker, from which on that share is given in full; below it falls fast.</summary>
    public double TolerantClipsPerWorker { get; init; } = 3;

    /// <summary>A clip that waited so long rises by one priority class, and again after as long: nothing waits for ever.</summary>
    public TimeSpan PriorityAgingInterval { get; init; } = TimeSpan.FromHours(12);
}
