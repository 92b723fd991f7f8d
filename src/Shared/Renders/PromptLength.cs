namespace MlxVideo.Shared.Renders;

/// <summary>Estimates the length of prompts in tokens where the text encoder's tokenizer is not available.</summary>
public static class PromptLength
{
    /// <summary>Maximum number of tokens that the text encoder reads; the rest is dropped.</summary>
    public const int MaxTokens = 1024;

    // For English prose, and for scripts in which a character is a word or a syllable.
    private const double AsciiCharactersPerToken = 4.5;
    private const double OtherCharactersPerToken = 1.5;

    public static int EstimatedTokens(string prompt)
    {
        var ascii = prompt.Count(char.IsAscii);
        return (int)Math.Round((ascii / AsciiCharactersPerToken) + ((prompt.Length - ascii) / OtherCharactersPerToken));
    }

    /// <summary>Returns a warning for a prompt that will probably be truncated; null for others.</summary>
    public static string? Warning(string prompt) => EstimatedTokens(prompt) is > MaxTokens and var tokens
        ? $"The prompt has about {tokens} tokens, but the model accepts only {MaxTokens}: its end will probably be dropped."
        : null;
}
