using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Layers.Streaming;
using MlxVideo.Engine.Sampling;
using MlxVideo.Engine.Transformer;
using MlxVideo.Shared.Renders;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Sampling;

/// <summary>A random transformer for video and audio that runs in milliseconds, with matching tokens.</summary>
internal static class TinyTransformer
{
    private const string Config = """
        {
          "num_attention_heads": 2, "attention_head_dim": 12, "in_channels": 4, "num_layers": 2, "cross_attention_dim": 24,
          "audio_num_attention_heads": 2, "audio_attention_head_dim": 8, "audio_in_channels": 6, "audio_out_channels": 6,
          "audio_cross_attention_dim": 16, "caption_channels": 10, "av_ca_timestep_scale_multiplier": 1000.0, "frequencies_precision": "float64"
        }
        """;

    public static VideoGrid VideoGrid { get; } = new(new LatentSize(2, 2, 3), 4, 24);

    public static AudioGrid AudioGrid { get; } = new(5, 2, 3);

    public static TransformerConfig Parse(string json = Config) => TransformerConfig.Parse(ConfigSection.Parse("test: transformer", json));

    public static LtxTransformer Build(ComputeOptions? compute = null)
    {
        var weights = new RandomWeights(7, WeightDistribution.Plain);
        return new LtxTransformer(new WeightScope(weights, compute ?? ComputeOptions.CpuFloat32, LtxTransformer.KeyPrefix), Parse());
    }

    /// <summary>Builds the transformer with wrapped blocks.</summary>
    public static LtxTransformer Build(Func<ILayerSequence<TransformerBlock>, ILayerSequence<TransformerBlock>> wrap)
    {
        var scope = new WeightScope(new RandomWeights(7, WeightDistribution.Plain), ComputeOptions.CpuFloat32, LtxTransformer.KeyPrefix);
        var config = Parse();
        return new LtxTransformer(scope, config, wrap(new ResidentLayers<TransformerBlock>(Enumerable.Range(0, config.Layers)
            .Select(index => new TransformerBlock(scope.Sub("transformer_blocks").Sub(index), config, index)))));
    }

    public static ModalityRun Video(long seed = 1) => new(Noised(VideoGrid.State(), seed), Context(seed), Context(seed + 50));

    public static ModalityRun Audio(long seed = 2) => new(Noised(AudioGrid.State(), seed), Context(seed), Context(seed + 50));

    private static LatentState Noised(LatentState state, long seed)
    {
        using var noise = new NoiseGenerator(seed);
        return Noiser.Apply(state, noise.Draw(state.Tokens, state.Latent.shape[2]));
    }

    private static Tensor Context(long seed)
    {
        using var noise = new NoiseGenerator(seed + 100);
        return noise.Draw(3, 10);
    }
}
