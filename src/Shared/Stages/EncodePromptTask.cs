using System.Text.Json.Serialization;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// Prompt to contexts: tokenizer, Gemma 3, feature extractor, connectors. Writes a safetensors file with
/// <c>video_context</c> (1, 1024, W) and, where the model has audio, <c>audio_context</c>.
/// </summary>
public sealed record EncodePromptTask : StageTask
{
    /// <summary>The stage's public name.</summary>
    public const string Name = "encode-prompt";

    /// <summary>The prompt as the user wrote it.</summary>
    public required string Prompt { get; init; }

    /// <summary>Artefact: the contexts.</summary>
    public required string Context { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Inputs => [];

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Outputs => [Context];
}
