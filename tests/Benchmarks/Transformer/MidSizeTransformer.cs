using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Transformer;
using static TorchSharp.torch;

namespace MlxVideo.Benchmarks.Transformer;

/// <summary>The transformer of the benchmarks, a video-only transformer of the LTX-2.0 architecture, and its inputs.</summary>
public static class MidSizeTransformer
{
    /// <summary>Number of text tokens; fixed in LTX-2.</summary>
    private const long TextTokens = 1024;

    private const long Captions = 512;

    private const long Channels = 128;

    /// <summary>Returns the configuration in the form stored in a checkpoint.</summary>
    public static string ConfigJson(int layers = 8, int heads = 16, int headDim = 64) => $$"""
        {
          "num_attention_heads": {{heads}}, "attention_head_dim": {{headDim}}, "in_channels": {{Channels}}, "out_channels": {{Channels}}, "num_layers": {{layers}},
          "cross_attention_dim": {{heads * headDim}}, "caption_channels": {{Captions}}, "frequencies_precision": "float64", "rope_type": "split"
        }
        """;

    public static TransformerConfig Parse(string json) => TransformerConfig.Parse(ConfigSection.Parse("benchmark: transformer", json));

    /// <summary>Builds the transformer from the given weights.</summary>
    public static LtxTransformer Build(ComputeOptions compute, IWeightSource weights) =>
        new(new WeightScope(weights, compute, LtxTransformer.KeyPrefix), Parse(ConfigJson()));

    /// <summary>Returns random tokens in a grid at one common sigma; the tensors belong to the current dispose scope.</summary>
    /// <param name="frames">Latent frames.</param>
    /// <param name="side">Latent rows and columns.</param>
    public static ModalityInput Input(LtxTransformer transformer, long frames, long side)
    {
        var tokens = frames * side * side;
        using var generator = new Generator(1);
        var starts = stack(
            [
                arange(frames).to(ScalarType.Float32).view(-1, 1, 1).expand(frames, side, side).flatten() / 3,
                arange(side).to(ScalarType.Float32).view(1, -1, 1).expand(frames, side, side).flatten() * 32,
                arange(side).to(ScalarType.Float32).view(1, 1, -1).expand(frames, side, side).flatten() * 32,
            ],
            0);
        var sizes = tensor([1 / 3f, 32f, 32f]).view(3, 1);
        var positions = stack([starts, starts + sizes], -1).unsqueeze(0);
        return new ModalityInput(
            randn([1, tokens, Channels], generator: generator),
            full([1, 1], 0.7f),
            full([1], 0.7f),
            transformer.VideoRotation(positions),
            randn([1, TextTokens, Captions], generator: generator));
    }
}
