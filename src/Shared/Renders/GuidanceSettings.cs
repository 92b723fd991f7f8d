namespace MlxVideo.Shared.Renders;

/// <summary>
/// How one modality's predictions are guided (docs/reference/pipelines.md, facts 22 and 23; official values in golden/schedule). The
/// default is no guidance.
/// </summary>
public sealed record GuidanceSettings
{
    /// <summary>No guidance: one evaluation a step.</summary>
    public static GuidanceSettings None { get; } = new();

    /// <summary>Away from the negative prompt; 1 is off.</summary>
    public double CfgScale { get; init; } = 1;

    /// <summary>Away from a prediction without self-attention in <see cref="StgBlocks"/>; 0 is off.</summary>
    public double StgScale { get; init; }

    /// <summary>Blocks whose self-attention the perturbed pass skips; null for the model's own block.</summary>
    public IReadOnlyList<int>? StgBlocks { get; init; }

    /// <summary>Away from a prediction in which the modalities do not see each other; 1 is off.</summary>
    public double ModalityScale { get; init; } = 1;

    /// <summary>How far the guided prediction's spread is drawn back to the unguided one's; 0 is off.</summary>
    public double RescaleScale { get; init; }

    /// <summary>Steps to pass over after each one computed; they reuse its prediction.</summary>
    public int SkipStep { get; init; }

    /// <summary>True when a step reuses the last prediction.</summary>
    public bool Skips(int step) => SkipStep > 0 && step % (SkipStep + 1) != 0;

    /// <summary>Whether an evaluation is wanted.</summary>
    public bool Needs(GuidanceEvaluation evaluation) => evaluation switch
    {
        GuidanceEvaluation.Conditional => true,
        GuidanceEvaluation.Unconditional => CfgScale != 1,
        GuidanceEvaluation.Perturbed => StgScale != 0,
        GuidanceEvaluation.Isolated => ModalityScale != 1,
        _ => throw new ArgumentOutOfRangeException(nameof(evaluation), evaluation, "Unknown guidance pass."),
    };
}

/// <summary>The transformer's evaluations in a guided step, in their order.</summary>
public enum GuidanceEvaluation
{
    /// <summary>The prompt.</summary>
    Conditional,

    /// <summary>The negative prompt.</summary>
    Unconditional,

    /// <summary>The prompt, self-attention skipped in some blocks.</summary>
    Perturbed,

    /// <summary>The prompt, attention between the modalities skipped.</summary>
    Isolated,
}
