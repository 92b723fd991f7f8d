using MlxVideo.Engine.Text.Connectors;
using MlxVideo.Engine.Text.Gemma;
using MlxVideo.Engine.Text.Tokenization;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Text;

/// <summary>
/// From a prompt to the contexts that the transformer attends to. Owns its parts; models without audio have no audio connector.
/// </summary>
public sealed class PromptEncoder(
    Tokenizer tokenizer,
    GemmaModel gemma,
    FeatureExtractor features,
    EmbeddingsConnector videoConnector,
    EmbeddingsConnector? audioConnector = null) : IDisposable
{
    /// <summary>Steps that a prompt takes: one for each of Gemma's hidden states.</summary>
    public int Steps => gemma.HiddenStates;

    /// <summary>
    /// How many tokens at a prompt's end are cut off, because the text encoder takes <see cref="PromptTokens.StandardLength"/>.
    /// </summary>
    public int DroppedTokens(string prompt) => PromptTokens.Of(tokenizer, prompt).Dropped;

    /// <summary>Encodes a prompt.</summary>
    /// <param name="prompt">As the user wrote it.</param>
    /// <param name="step">Told after each hidden state: its index, from 0. May throw to cancel.</param>
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
    /// <param name="ids">(B, S) int64, padded on the left; S is a multiple of the connectors' registers.</param>
    /// <param name="mask">(B, S): 1 for tokens, 0 for padding.</param>
    /// <param name="step">Told after each hidden state: its index, from 0. May throw to cancel.</param>
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
