using MlxVideo.Engine.Text.Connectors;
using MlxVideo.Engine.Text.Enhancement;
using MlxVideo.Engine.Text.Gemma;
using MlxVideo.Engine.Text.Generation;
using MlxVideo.Engine.Text.Tokenization;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Text;

/// <summary>
/// Encodes a prompt to the contexts that the transformer attends to. Owns the given modules; models without audio have no audio connector.
/// </summary>
public sealed class PromptEncoder(
    Tokenizer tokenizer,
    GemmaModel gemma,
    FeatureExtractor features,
    EmbeddingsConnector videoConnector,
    EmbeddingsConnector? audioConnector = null) : IDisposable
{
    /// <summary>Rewrites prompts with the same Gemma.</summary>
    public PromptEnhancer Enhancer { get; } = new(tokenizer, new TextGenerator(tokenizer, gemma));

    /// <summary>Progress units per prompt: one for each of Gemma's hidden states.</summary>
    public int Steps => gemma.HiddenStates;

    /// <summary>
    /// Returns the number of tokens dropped at a prompt's end, because the text encoder accepts <see cref="PromptTokens.StandardLength"/>.
    /// </summary>
    public int DroppedTokens(string prompt) => PromptTokens.Of(tokenizer, prompt).Dropped;

    /// <summary>Encodes a prompt.</summary>
    /// <param name="prompt">The unmodified user prompt.</param>
    /// <param name="step">Called after each hidden state with its zero-based index. May throw to cancel.</param>
    /// <param name="cancellationToken">Honoured between layers.</param>
    /// <returns>Contexts (1, 1024, W) on the engine's device, in its compute dtype.</returns>
    public PromptContexts Encode(string prompt, Action<int>? step = null, CancellationToken cancellationToken = default)
    {
        using var scope = TensorScope.Open();
        var tokens = PromptTokens.Of(tokenizer, prompt);
        return Encode(tensor(tokens.Ids.ToArray()).unsqueeze(0), tensor(tokens.Mask.ToArray()).unsqueeze(0), step, cancellationToken)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Encodes token ids.</summary>
    /// <param name="ids">(B, S) int64, padded on the left; S is a multiple of the connectors' register count.</param>
    /// <param name="mask">(B, S): 1 for tokens, 0 for padding.</param>
    /// <param name="step">Called after each hidden state with its zero-based index. May throw to cancel.</param>
    /// <param name="cancellationToken">Honoured between layers.</param>
    /// <returns>Contexts (B, S, W).</returns>
    public PromptContexts Encode(Tensor ids, Tensor mask, Action<int>? step = null, CancellationToken cancellationToken = default)
    {
        using var scope = TensorScope.Open();
        using var sum = features.Start(mask);
        gemma.Forward(
            ids,
            mask,
            (index, state) =>
            {
                sum.Add(index, state);
                step?.Invoke(index);
            },
            cancellationToken);
        return new PromptContexts(videoConnector.Forward(sum.Video(), mask), audioConnector?.Forward(sum.Audio(), mask))
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        gemma.Dispose();
        features.Dispose();
        videoConnector.Dispose();
        audioConnector?.Dispose();
    }
}
