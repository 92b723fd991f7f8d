using System.ComponentModel.DataAnnotations;

namespace MlxVideo.Shared.Renders;

/// <summary>Rewriting of a clip's prompt by the text encoder's language model before it is encoded.</summary>
public sealed record PromptEnhancement
{
    /// <summary>Maximum number of tokens of the new prompt.</summary>
    [Range(1, RenderSettingsRules.MaxEnhancementTokens)]
    public int MaxTokens { get; init; } = 512;

    /// <summary>Sampling temperature: 0 always takes the likeliest token; higher values vary more.</summary>
    [Range(0.0, RenderSettingsRules.MaxTemperature)]
    public double Temperature { get; init; } = 0.7;
}
