using MlxVideo.Shared.Renders;

namespace MlxVideo.Engine.Text.Tokenization;

/// <summary>A prompt in the form that LTX-2 passes to Gemma: left-padded to a fixed length.</summary>
/// <param name="Ids">Token ids; 0 for padding.</param>
/// <param name="Mask">1 for tokens, 0 for padding.</param>
/// <param name="Dropped">Number of tokens dropped at the prompt's end.</param>
public sealed record PromptTokens(IReadOnlyList<long> Ids, IReadOnlyList<long> Mask, int Dropped)
{
    /// <summary>The text encoder's fixed length.</summary>
    public const int StandardLength = PromptLength.MaxTokens;

    private const int Padding = 0;

    /// <summary>
    /// Strips the prompt, prepends the begin marker, truncates the end, pads on the left (docs/reference/text.md, section 4).
    /// </summary>
    public static PromptTokens Of(Tokenizer tokenizer, string prompt, int length = StandardLength)
    {
        var all = tokenizer.Encode(Strip(prompt));
        var ids = all.Prepend(tokenizer.BeginOfSequence).Take(length).Select(id => (long)id).ToList();
        var padding = length - ids.Count;
        return new PromptTokens(
            [.. Enumerable.Repeat((long)Padding, padding), .. ids],
            [.. Enumerable.Repeat(0L, padding), .. Enumerable.Repeat(1L, ids.Count)],
            1 + all.Count - ids.Count);
    }

    /// <summary>Strips white space like the reference, including the four separators U+001C to U+001F, which .NET keeps.</summary>
    private static string Strip(string prompt)
    {
        var (start, end) = (0, prompt.Length);
        while (start < end && IsStripped(prompt[start]))
            start++;
        while (end > start && IsStripped(prompt[end - 1]))
            end--;
        return prompt[start..end];
    }

    private static bool IsStripped(char character) => char.IsWhiteSpace(character) || character is >= '\u001C' and <= '\u001F';
}
