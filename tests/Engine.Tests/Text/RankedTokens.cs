using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Text.Gemma;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Text;

/// <summary>
/// Weights of a Gemma without layers of any effect, which scores tokens by a fixed rank. With a repetition penalty, greedy decoding writes
/// the tokens in this order.
/// </summary>
internal sealed class RankedTokens(IReadOnlyList<int> order) : IWeightSource
{
    private const string Embedding = "embed_tokens.weight";

    /// <summary>Builds the model.</summary>
    /// <param name="order">Ids of the first tokens, best first.</param>
    public static GemmaModel Gemma(IReadOnlyList<int> order, int vocabulary)
    {
        var config = GemmaConfig.Parse(ConfigSection.Parse("config.json", $$"""
            {
              "model_type": "gemma3_text", "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1,
              "num_key_value_heads": 1, "head_dim": 8, "query_pre_attn_scalar": 8, "vocab_size": {{vocabulary}}
            }
            """));
        return new GemmaModel(new WeightScope(new RankedTokens(order), ComputeOptions.CpuFloat32), config);
    }

    public bool Contains(string key) => true;

    public Tensor Read(string key, ReadOnlySpan<long> shape)
    {
        if (!key.EndsWith(Embedding, StringComparison.Ordinal))
            return zeros(shape.ToArray()).DetachFromDisposeScope();

        // All embeddings have the same direction: a token's score is the length of its own.
        var (rows, width) = (shape[0], shape[1]);
        var values = new float[rows * width];
        for (var row = 0; row < rows; row++)
            values[row * width] = 1;
        for (var rank = 0; rank < order.Count; rank++)
            values[order[rank] * width] = 1 + order.Count - rank;
        return tensor(values).view(rows, width).DetachFromDisposeScope();
    }
}
