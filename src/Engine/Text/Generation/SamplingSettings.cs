namespace MlxVideo.Engine.Text.Generation;

/// <summary>
/// How the next token is chosen (docs/reference/text.md, section 2): penalty, log-softmax, top-p, top-k, then temperature.
/// </summary>
public sealed record SamplingSettings
{
    /// <summary>Divides the scores, last of all; 0 takes the best token always.</summary>
    public double Temperature { get; init; } = 0.7;

    /// <summary>Keeps the likeliest tokens that together have this probability at temperature 1; 1 keeps all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Keeps so many of the likeliest tokens; 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Divides positive scores of recent tokens and multiplies negative ones; 1 does nothing.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>How many recent tokens the penalty looks at.</summary>
    public int PenaltyContext { get; init; } = 20;

    /// <summary>Tokens after which generation ends.</summary>
    public int MaxTokens { get; init; } = 512;

    /// <summary>Seed of the draws, which are made on the CPU.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Always the best token.</summary>
    public static SamplingSettings Greedy { get; } = new() { Temperature = 0 };
}
