namespace MlxVideo.Engine.Text.Generation;

/// <summary>
/// Token sampling settings (docs/reference/text.md, section 2), applied in this order: penalty, log-softmax, top-p, top-k, temperature.
/// </summary>
public sealed record SamplingSettings
{
    /// <summary>Divides the scores as the last operation; 0 always selects the best token.</summary>
    public double Temperature { get; init; } = 0.7;

    /// <summary>Keeps the likeliest tokens that together have this probability at temperature 1; 1 keeps all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Keeps this number of the likeliest tokens; 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Divides positive scores of recent tokens and multiplies negative ones; 1 disables the penalty.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Number of recent tokens that the penalty considers.</summary>
    public int PenaltyContext { get; init; } = 20;

    /// <summary>Maximum number of generated tokens.</summary>
    public int MaxTokens { get; init; } = 512;

    /// <summary>Seed of the draws, which happen on the CPU.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Always selects the best token.</summary>
    public static SamplingSettings Greedy { get; } = new() { Temperature = 0 };
}
