using MlxVideo.Benchmarks.Measuring;
using MlxVideo.Benchmarks.Reports;
using MlxVideo.Benchmarks.Weights;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.VideoVae;
using static TorchSharp.torch;

namespace MlxVideo.Benchmarks.VideoVae;

/// <summary>Time to decode 33 frames of 256 x 256 pixels with a decoder of the LTX-2.0 architecture and half its width.</summary>
public static class DecodeBenchmark
{
    private const double Goal = 1.20;

    private const string Config = """
        {
          "latent_channels": 128, "decoder_base_channels": 64, "norm_layer": "pixel_norm", "causal_decoder": false, "timestep_conditioning": false,
          "encoder_blocks": [],
          "decoder_blocks": [
            ["res_x", { "num_layers": 5 }], ["compress_all", { "residual": true, "multiplier": 2 }],
            ["res_x", { "num_layers": 5 }], ["compress_all", { "residual": true, "multiplier": 2 }],
            ["res_x", { "num_layers": 5 }], ["compress_all", { "residual": true, "multiplier": 2 }],
            ["res_x", { "num_layers": 5 }]
          ]
        }
        """;

    /// <summary>Measures one compute mode.</summary>
    public static Comparison Run(ComputeOptions compute, int rounds)
    {
        var calls = new KernelCalls(compute.Kernels);
        using var scope = NewDisposeScope();
        var config = VideoVaeConfig.Parse(ConfigSection.Parse("benchmark: vae", Config));
        using var decoder =
            new VideoDecoder(new WeightScope(new UniformWeights(ScalarType.Float32), compute with { Kernels = calls }), config);
        var latent = randn([1, 128, 5, 8, 8], generator: new Generator(1));
        return Comparing.Run("decode, 256 x 256 x 33", compute, Goal, rounds, calls, () => Completion.Wait(decoder.forward(latent)));
    }
}
