using MlxVideo.Engine.Text;
using MlxVideo.Engine.Text.Tokenization;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>The notice about prompts that the text encoder truncates.</summary>
internal static class LongPrompts
{
    private const int QuotedLength = 40;

    /// <summary>Returns the notice about a prompt that is too long; null for others.</summary>
    public static string? NoticeOf(PromptEncoder encoder, string prompt) => encoder.DroppedTokens(prompt) is > 0 and var dropped
        ? $"The prompt \"{Beginning(prompt)}\" has {PromptTokens.StandardLength + dropped} tokens, but the model accepts only "
            + $"{PromptTokens.StandardLength}: the last {dropped} are dropped; shorten the prompt."
        : null;

    private static string Beginning(string prompt)
    {
        var text = string.Join(' ', prompt.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return text.Length <= QuotedLength ? text : text[..QuotedLength] + "…";
    }
}
