using MlxVideo.Engine.Text.Connectors;
using MlxVideo.Engine.Text.Gemma;
using MlxVideo.Engine.Text.Tokenization;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Text;

/// <summary>From a prompt to the context that the transformer attends to.</summary>
public sealed class PromptEncoder(SentencePieceTokenizer tokenizer, GemmaModel gemma, FeatureExtractor features, EmbeddingsConnector videoConnector) : IDisposable
{
    /// <summary>Encodes a prompt.</summary>
    /// <param name="prompt">As the user wrote it.</param>
    /// <param name="step">Told after each hidden state: its index and their number. May throw to cancel.</param>
    /// <returns>The video context (1, 1024, W).</returns>
    public Tensor Encode(string prompt, Action<int> step)
    {
        using var scope = NewDisposeScope();
        var tokens = PromptTokens.Of(tokenizer, prompt);
        var ids = tensor(tokens.Ids.ToArray()).unsqueeze(0);
        var mask = tensor(tokens.Mask.ToArray()).unsqueeze(0);
        Tensor? sum = null;
        gemma.Forward(ids, mask, (index, state) =>
        {
            using var stateScope = NewDisposeScope();
            var part = features.Contribution(index, state, mask);
            sum = (sum is null ? part : sum.add_(part)).MoveToOuterDisposeScope();
            step(index);
        });
        return videoConnector.Forward(sum!, mask).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        gemma.Dispose();
        features.Dispose();
        videoConnector.Dispose();
    }
}
