using System.Text.Json.Serialization;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// Encodes a prompt to contexts: tokenizer, Gemma 3, feature extractor, connectors. Writes a safetensors file with <c>video_context</c>
/// (1, 1024, W) and, if the model has audio, <c>audio_context</c>.
/// </summary>
public sealed record EncodePromptStage : Stage
{
    /// <summary>Id of this stage kind.</summary>
    public const string KindId = "encode-prompt";

    /// <summary>The prompt as the user wrote it; null when <see cref="EnhancedPrompt"/> holds the prompt.</summary>
    public string? Prompt { get; init; }

    /// <summary>Artefact: the prompt as a text file, written by <see cref="EnhancePromptStage"/>; null for <see cref="Prompt"/>.</summary>
    public string? EnhancedPrompt { get; init; }

    /// <summary>Artefact: the contexts.</summary>
    public required string Context { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Inputs => EnhancedPrompt is null ? [] : [EnhancedPrompt];

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Outputs => [Context];
}

/// <summary>Describes <see cref="EncodePromptStage"/>.</summary>
internal sealed class EncodePromptKind : StageKind<EncodePromptStage>
{
    // Gemma 3 12B: one multiplication and one addition per weight and token.
    private const double Weights = 11.8e9;
    private const double Tokens = 1024;

    // Gemma's width, and the number of hidden states alive at once: they are accumulated as they are produced.
    private const double Width = 3840;
    private const double LiveStates = 24;

    // Contexts for both streams, stored as float32.
    private const double ContextBytes = Tokens * (Width + Width) * 4;

    /// <inheritdoc/>
    public override string Id => EncodePromptStage.KindId;

    /// <inheritdoc/>
    public override ModelComponent? Component => ModelComponent.TextEncoder;

    /// <inheritdoc/>
    public override bool IsPreparation => true;

    /// <inheritdoc/>
    public override string ProgressUnit => "layer";

    /// <inheritdoc/>
    public override double AssumedEfficiency => 0.5;

    /// <inheritdoc/>
    protected override double Operations(EncodePromptStage stage, ClipSize clip) => 2 * Weights * Tokens;

    /// <inheritdoc/>
    protected override double Activations(EncodePromptStage stage, ClipSize clip) => Tokens * Width * LiveStates;

    /// <inheritdoc/>
    protected override double Bytes(EncodePromptStage stage, ClipSize clip) => ContextBytes;
}
