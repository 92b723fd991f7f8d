using System.ComponentModel.DataAnnotations;

namespace MlxVideo.Shared.Renders;

/// <summary>
/// Guidance of one modality's predictions (docs/reference/pipelines.md, facts 22 and 23; official values in golden/schedule). Defaults to
/// no guidance.
/// </summary>
public sealed record GuidanceSettings
{
    /// <summary>No guidance: one transformer evaluation per step.</summary>
    public static GuidanceSettings None { get; } = new();

    /// <summary>Scale of classifier-free guidance, away from the negative prompt; 1 disables it.</summary>
    [Range(0, RenderSettingsRules.MaxGuidanceScale)]
    public double CfgScale { get; init; } = 1;

    /// <summary>
    /// Scale of spatio-temporal guidance, away from a prediction without self-attention in <see cref="StgBlocks"/>; 0 disables it.
    /// </summary>
    [Range(0, RenderSettingsRules.MaxGuidanceScale)]
    public double StgScale { get; init; }

    /// <summary>Blocks in which the perturbed evaluation skips self-attention; null for the model's default block.</summary>
    [Length(1, RenderSettingsRules.MaxBlocks)]
    public IReadOnlyList<int>? StgBlocks { get; init; }

    /// <summary>Scale of modality guidance, away from a prediction without attention between the modalities; 1 disables it.</summary>
    [Range(0, RenderSettingsRules.MaxGuidanceScale)]
    public double ModalityScale { get; init; } = 1;

    /// <summary>Factor by which the guided prediction's spread is pulled back towards that of the unguided one; 0 disables it.</summary>
    [Range(0.0, 1)]
    public double RescaleScale { get; init; }

    /// <summary>Number of steps to skip after each computed one; skipped steps reuse its prediction.</summary>
    [Range(0, RenderSettingsRules.MaxSteps)]
    public int SkipStep { get; init; }

    /// <summary>True when a step is skipped and reuses the previous prediction.</summary>
    public bool Skips(int step) => SkipStep > 0 && step % (SkipStep + 1) != 0;

    /// <summary>True when these settings require an evaluation.</summary>
    public bool Needs(GuidanceEvaluation evaluation) => evaluation switch
    {
        GuidanceEvaluation.Conditional => true,
        GuidanceEvaluation.Unconditional => CfgScale != 1,
        GuidanceEvaluation.Perturbed => StgScale != 0,
        GuidanceEvaluation.Isolated => ModalityScale != 1,
        _ => throw new ArgumentOutOfRangeException(nameof(evaluation), evaluation, "Unknown guidance evaluation."),
    };
}

/// <summary>Transformer evaluations of a guided step, in order.</summary>
public enum GuidanceEvaluation
{
    /// <summary>With the prompt.</summary>
    Conditional,

    /// <summary>With the negative prompt.</summary>
    Unconditional,

    /// <summary>With the prompt, skipping self-attention in some blocks.</summary>
    Perturbed,

    /// <summary>With the prompt, skipping attention between the modalities.</summary>
    Isolated,
}
