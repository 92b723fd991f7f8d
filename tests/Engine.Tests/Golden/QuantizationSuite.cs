using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Layers;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Weights;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>golden/mlx_quant: MLX's packed weights in all formats, the quantizer's exact bytes, and a small repository.</summary>
public sealed class QuantizationSuite : IGoldenSuite
{
    private const double ProductTolerance = 2e-5;

    public IEnumerable<GoldenCase> Discover(string root)
    {
        var folder = Path.Combine(root, "mlx_quant");
        if (!Directory.Exists(folder))
            yield break;
        foreach (var file in Directory.GetFiles(folder, "*.safetensors").Select(path => Path.GetFileName(path)))
            yield return new GoldenCase($"mlx_quant/{file}", run => Layer(run, file));
        if (Directory.Exists(Path.Combine(folder, "tree")))
            yield return new GoldenCase("mlx_quant/tree", Repository);
    }

    private static void Layer(GoldenRun run, string name)
    {
        var file = run.Open(name);
        var original = file.ReadTensor("weight_fp32");
        var (rows, columns) = (original.shape[0], original.shape[1]);
        var format = new AffineFormat(int.Parse(file.Header.Metadata["bits"]), int.Parse(file.Header.Metadata["group_size"]));
        var packed = SafetensorsTensors.ReadBytes(file, file.Entry("layer.weight"));

        run.Exact(
            "format implied by the shapes",
            AffineFormat.Of(rows, columns, file.Entry("layer.weight").Shape, file.Entry("layer.scales").Shape), format);
        run.Close(file, "q", AffinePacking.Unpack(packed, format), 0);
        run.Close("packed q", AffinePacking.Pack(file.ReadTensor("q").to(ScalarType.Float32), format), packed, 0);

        // With scales at the original precision, and with the same codes and bfloat16 scales.
        Quantized(run, file, "layer", original, format);
        Quantized(run, file, "layer_bf16", original, format, ScalarType.BFloat16);

        run.Close(file, "dequantized", Expanded(file, run.Compute, "layer", rows, columns), 0);
        run.Close(file, "dequantized_from_bf16_fp32math", Expanded(file, run.Compute, "layer_bf16", rows, columns), 0);
        var rounded = Expanded(file, run.Compute with { Dtype = ScalarType.BFloat16 }, "layer_bf16", rows, columns);
        using var expected = file.ReadTensor("dequantized_from_bf16_rounded");
        run.Close("dequantized_from_bf16_rounded, in units in the last place", InLastPlaces(rounded, expected), zeros_like(rounded), 1);

        var weights = new CheckpointWeights(file);
        using var layer = new Linear(new WeightScope(weights, run.Compute, "layer"), columns, rows, hasBias: false);
        weights.RequireAllUsed(key => !key.StartsWith("layer.", StringComparison.Ordinal));
        run.Close(file, "x_matmul_dequantT", layer.forward(file.ReadTensor("x")), ProductTolerance);
    }

    /// <summary>Quantizes the original and compares every byte with the stored layer.</summary>
    private static void Quantized(
        GoldenRun run, SafetensorsFile file, string layer, Tensor original, AffineFormat format, ScalarType dtype = ScalarType.Float32)
    {
        using var quantized = AffineQuantizer.Quantize(original, format);
        run.Close($"{layer}.weight", quantized.Packed, SafetensorsTensors.ReadBytes(file, file.Entry($"{layer}.weight")), 0);
        run.Close(file, $"{layer}.scales", quantized.Scales.to(dtype), 0);
        run.Close(file, $"{layer}.biases", quantized.Biases.to(dtype), 0);
    }

    private static Tensor Expanded(SafetensorsFile file, ComputeOptions compute, string layer, long rows, long columns)
    {
        using var matrix = new WeightScope(new CheckpointWeights(file), compute, layer).Matrix("weight", rows, columns);
        return matrix.Expand();
    }

    /// <summary>
    /// Returns the differences in bfloat16 units in the last place. One unit is allowed, because MLX may round the product before the
    /// sum (docs/reference/text.md, section 5).
    /// </summary>
    private static Tensor InLastPlaces(Tensor actual, Tensor expected)
    {
        var reference = expected.to(ScalarType.Float32);
        return (actual.to(ScalarType.Float32) - reference) / reference.abs().clamp_min(1e-30).log2().floor().sub(7).exp2();
    }

    private static void Repository(GoldenRun run)
    {
        var file = run.Open("model.safetensors");
        var expected = run.Open("expected_dequantized.safetensors");
        using var files = new WeightFiles([file]);
        var weights = new CheckpointWeights(
            files, quantization: QuantizationConfig.Find(ConfigSection.Parse("config.json", run.Json("config.json").GetRawText())));
        var scope = new WeightScope(weights, run.Compute);
        foreach (var (key, entry) in expected.Header.Tensors)
        {
            if (entry.Shape.Count != 2)
            {
                run.Close(expected, key, scope.Weight(key, entry.Shape.ToArray()), 0);
                continue;
            }

            var (rows, columns) = (entry.Shape[0], entry.Shape[1]);
            using var matrix = scope.Matrix(key, rows, columns);
            run.Exact($"{key} is packed", matrix is AffineMatrix, file.Header.Tensors[key].Dtype == TensorDtype.U32);
            run.Close(expected, key, matrix.Expand(), 0);
            using var whole = expected.ReadTensor(key);
            using var some = tensor(new long[] { 5, 0, 63, 5 });
            run.Close($"rows of {key}", matrix.SelectRows(some), whole.index_select(0, some), 0);
            using var input = linspace(-1, 1, 3 * columns).view(3, columns);
            run.Close($"product with {key}", matrix.Product(run.Compute.Kernels, input, null), matmul(input, whole.t()), ProductTolerance);
        }

        weights.RequireAllUsed(_ => false);
    }
}
