using System.ComponentModel.DataAnnotations;

namespace MlxVideo.Farm.Policies;

/// <summary>The settings of the scheduling policy; docs/scheduling.md shows how their defaults were chosen.</summary>
public sealed class SchedulingOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Scheduling";

    /// <summary>Clips in progress per worker. More keep more workers busy; fewer finish earlier.</summary>
    [Range(0.1, 100)]
    public double OpenClipsPerWorker { get; set; } = 2;

    /// <summary>Waiting clips whose prompts are encoded before a worker evicts the text encoder for the transformer.</summary>
    [Range(1, 10_000)]
    public int EncodeAhead { get; set; } = 8;

    /// <summary>Share of a worker's memory that stays free when a stage is placed.</summary>
    [Range(0, 0.9)]
    public double MemoryReserve { get; set; } = 0.1;

    /// <summary>
    /// A speculative attempt starts where it would need less than this share of the time that the running one still needs.
    /// </summary>
    [Range(0, 1)]
    public double SpeculativeAttemptGain { get; set; } = 0.7;

    /// <summary>Share of the workers that may run speculative attempts at the same time; one always may.</summary>
    [Range(0, 1)]
    public double SpeculativeAttemptShare { get; set; } = 0.1;

    /// <summary>
    /// Evaluations are offloaded to an idle worker if a guided step becomes shorter by at least this share; 1 turns it off.
    /// </summary>
    [Range(0, 1)]
    public double OffloadGain { get; set; } = 0.15;

    /// <summary>Open clips per worker up to which a decision forecasts several placement rules; 0 turns forecasting off.</summary>
    [Range(0, 100)]
    public double ForecastClipsPerWorker { get; set; } = 5;

    /// <summary>A waiting clip rises by one priority class after each such interval, so that nothing waits forever.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan PriorityAgingInterval { get; set; } = TimeSpan.FromHours(12);
}
