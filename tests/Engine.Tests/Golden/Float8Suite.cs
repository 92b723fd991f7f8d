using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Layers;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Weights;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/fp8: layers stored in 8-bit floats, with and without a scale.</summary>
public sealed class Float8Suite : IGoldenSuite
{
    private const string Attention = "model.diffusion_model.transformer_blocks.0.attn1";

    public IEnumerable<GoldenCase> Discover(string root) =>
        Directory.Exists(Path.Combine(root, "fp8")) ? [new GoldenCase("fp8", Layers)] : [];

    private static void Layers(GoldenRun run)
    {
        var expected = run.Open("expected.safetensors");
        var shape = expected.Entry("weight_dequantized").Shape;
        var (rows, columns) = (shape[0], shape[1]);
        var weights = new CheckpointWeights(run.Open("checkpoint.safetensors"));
        var scope = new WeightScope(weights, run.Compute, Attention);

        var codes = expected.ReadTensor("all_256_codes_as_f32");
        run.ExactSequence("all_256_codes_as_f32", Float8Format.E4M3.Values, codes.data<float>().ToArray());

        using (var scaled = scope.Matrix("to_q.weight", rows, columns))
            run.Close(expected, "weight_dequantized", scaled.Expand(), 0);
        using (var rounded = new WeightScope(weights, run.Compute with { Dtype = ScalarType.BFloat16 }, Attention)
            .Matrix("to_q.weight", rows, columns))
            run.Close(expected, "weight_dequantized_bf16", rounded.Expand(), 0);
        using (var unscaled = scope.Matrix("to_k.weight", rows, columns))
            run.Close(expected, "unscaled_weight_dequantized", unscaled.Expand(), 0);

        using var query = new Linear(scope.Sub("to_q"), columns, rows);
        using var key = new Linear(scope.Sub("to_k"), columns, rows);
        weights.RequireAllUsed(CheckpointSection.Transformer);
        run.Close(expected, "y_dequant_linear", query.forward(expected.ReadTensor("x")), 1e-6);
    }
}
