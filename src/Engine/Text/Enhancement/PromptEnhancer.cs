using MlxVideo.Engine.Text.Generation;
using MlxVideo.Engine.Text.Tokenization;

namespace MlxVideo.Engine.Text.Enhancement;

/// <summary>
/// Rewrites prompts with Gemma (docs/reference/text.md, section 8). Gemma sees the text only: images are announced, not shown
/// (docs/prompt-enhancement.md).
/// </summary>
public sealed class PromptEnhancer(Tokenizer tokenizer, TextGenerator generator)
{
    // Of the transformers library, which the official pipelines use.
    private const int TopK = 50;

    private const string BeginMarker = "<bos>";

    /// <summary>Rewrites a prompt. Equal requests give equal prompts.</summary>
    /// <param name="onToken">Called with the number of tokens written so far. May throw to cancel.</param>
    /// <param name="cancellationToken">Honoured between layers.</param>
    public EnhancedPrompt Enhance(
        EnhancementRequest request, Action<int>? onToken = null, CancellationToken cancellationToken = default)
    {
        var written = 0;
        var answer = generator.Generate(
            Tokens(request),
            new SamplingSettings
            {
                Temperature = request.Temperature,
                TopK = TopK,
                MaxTokens = request.MaxTokens,
                Seed = request.Seed,
            },
            _ => onToken?.Invoke(++written),
            cancellationToken);
        return new EnhancedPrompt(EnhancedPrompt.Clean(tokenizer.Decode(answer)).Trim(), answer.Count >= request.MaxTokens);
    }

    /// <summary>Returns the ids of the conversation; of the prompt, only the tokens that the text encoder would accept.</summary>
    internal IReadOnlyList<int> Tokens(EnhancementRequest request)
    {
        var prompt = tokenizer.Encode(request.Prompt);
        var read = prompt.Count < PromptTokens.StandardLength
            ? request.Prompt
            : tokenizer.Decode(prompt.Take(PromptTokens.StandardLength - 1));
        var conversation = ChatTemplate.Render(
        [
            new(ChatRole.System, request.HasImages ? EnhancementInstructions.ImageToVideo : EnhancementInstructions.TextToVideo),
            new(ChatRole.User, $"user prompt: {read}"),
        ]);

        // SentencePiece takes a written begin marker for text.
        return [tokenizer.BeginOfSequence, .. tokenizer.Encode(conversation[BeginMarker.Length..])];
    }
}
