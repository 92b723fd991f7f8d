namespace MlxVideo.Engine.Text.Enhancement;

/// <summary>A prompt to rewrite.</summary>
/// <param name="Prompt">The prompt as the user wrote it.</param>
/// <param name="HasImages">True when the clip is conditioned on images, so that the new prompt should not invent what they show.</param>
/// <param name="MaxTokens">Maximum number of tokens of the new prompt.</param>
/// <param name="Temperature">Sampling temperature; 0 always takes the likeliest token.</param>
/// <param name="Seed">Seed of the sampling.</param>
public sealed record EnhancementRequest(string Prompt, bool HasImages, int MaxTokens, double Temperature, long Seed);
