using System.Text.Json.Serialization;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// Rewrites a prompt with Gemma, the text encoder's language model. Writes a text file in UTF-8 with the new prompt, which
/// <see cref="EncodePromptStage"/> reads.
/// </summary>
public sealed record EnhancePromptStage : Stage
{
    /// <summary>Id of this stage kind.</summary>
    public const string KindId = "enhance-prompt";

    /// <summary>The prompt as the user wrote it.</summary>
    public required string Prompt { get; init; }

    /// <summary>True when the clip is conditioned on images, so that the new prompt should not invent what they show.</summary>
    public required bool HasImages { get; init; }

    /// <summary>Maximum number of tokens of the new prompt.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>Sampling temperature; 0 always takes the likeliest token.</summary>
    public required double Temperature { get; init; }

    /// <summary>
    /// Seed of the sampling, which has a generator of its own: the draws of the clip's noise do not depend on it. Null at temperature 0,
    /// where nothing is drawn.
    /// </summary>
    public long? Seed { get; init; }

    /// <summary>Artefact: the new prompt.</summary>
    public required string EnhancedPrompt { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Inputs => [];

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Outputs => [EnhancedPrompt];
}

/// <summary>Describes <see cref="EnhancePromptStage"/>.</summary>
internal sealed class EnhancePromptKind : StageKind<EnhancePromptStage>
{
    // Gemma 3 12B: one multiplication and one addition per weight and token. Reading the instructions takes as long as writing a few
    // tokens, because they are read at once.
    private const double Weights = 11.8e9;

    // Each written token reads all weights from memory, which takes far longer than its operations.
    private const double EfficiencyOfSingleTokens = 0.03;

    // Gemma's width, and the number of hidden states alive at once while the instructions and the prompt are read.
    private const double InstructionTokens = 400;
    private const double Width = 3840;
    private const double LiveStates = 24;

    // Keys and values of 48 layers with 8 heads of 256 channels.
    private const double CachedPerToken = 2 * 48 * 8 * 256;

    private const double BytesPerToken = 5;

    /// <inheritdoc/>
    public override string Id => EnhancePromptStage.KindId;

    /// <inheritdoc/>
    public override ModelComponent? Component => ModelComponent.TextEncoder;

    /// <inheritdoc/>
    public override bool IsPreparation => true;

    /// <inheritdoc/>
    public override string ProgressUnit => "token";

    /// <inheritdoc/>
    public override double AssumedEfficiency => EfficiencyOfSingleTokens;

    /// <inheritdoc/>
    protected override double Operations(EnhancePromptStage stage, ClipSize clip) => 2 * Weights * stage.MaxTokens;

    /// <inheritdoc/>
    protected override double Activations(EnhancePromptStage stage, ClipSize clip)
    {
        var read = InstructionTokens + Math.Min(PromptLength.MaxTokens, PromptLength.EstimatedTokens(stage.Prompt));
        return (read * Width * LiveStates) + ((read + stage.MaxTokens) * CachedPerToken);
    }

    /// <inheritdoc/>
    protected override double Bytes(EnhancePromptStage stage, ClipSize clip) => stage.MaxTokens * BytesPerToken;
}
