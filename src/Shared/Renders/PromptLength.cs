namespace MlxVideo.Shared.Renders;

/// <summary>About how long a prompt is for the text encoder, where its tokenizer is not at hand.</summary>
public static class PromptLength
{
    /// <summary>Tokens that the text encoder takes; the rest is left out.</summary>
    public const int MaxTokens = 1024;

    // Of English prose, and of scripts whose characters are words or syllables.
    private const double AsciiCharactersPerToken = 4.5;
    private const double OtherCharactersPerToken = 1.5;

    /// <summary>An estimate of a prompt's tokens.</summary>
    public static int EstimatedTokens(string prompt)
    {
        var ascii = prompt.Count(char.IsAscii);
        return (int)Math.Round((ascii / AsciiCharactersPerToken) + ((prompt.Length - ascii) / OtherCharactersPerToken));
    }

    /// <summary>A sentence for a prompt that is probably cut; null for others.</summary>
    public static string? Warning(string prompt) => EstimatedTokens(prompt) is > MaxTokens and var tokens
        ? $"The prompt has about {tokens} tokens, and the model takes {MaxTokens}: its end will probably be left out."
        : null;
}
