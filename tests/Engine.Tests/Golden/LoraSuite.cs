using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Transformer;
using MlxVideo.Engine.Weights;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>
/// golden/lora: adapters in all key styles, merged into the weights and unmerged. One case per file of expected values, and one for
/// the pipelines' adapters.
/// </summary>
public sealed class LoraSuite : IGoldenSuite
{
    private const double Tolerance = 1e-6;

    private delegate void Check(GoldenRun run, SafetensorsFile expected);

    public IEnumerable<GoldenCase> Discover(string root)
    {
        if (Directory.Exists(Path.Combine(root, "pipelines", "loras")))
            yield return new GoldenCase("pipelines/loras", OfPipelines);
        if (!Directory.Exists(Path.Combine(root, "lora")))
            yield break;
        yield return Case("expected_fused_fp32", (run, expected) => Merged(run, expected, run.Compute, Tolerance, "lora_1", "lora_2"));
        yield return Case("expected_fused_lora1_only_fp32", (run, expected) =>
            Styles(run, expected, "lora_1", "variants/lora_1_prefix_none", "variants/lora_1_prefix_transformer",
                "variants/lora_1_prefix_model_diffusion_model"));
        yield return Case("expected_fused_lora1_alpha_fp32", (run, expected) =>
            Styles(run, expected, "variants/lora_1_alpha", "variants/lora_1_kohya_alpha"));
        yield return Case("expected_fused_official_bf16", BFloat16);
        yield return new GoldenCase(
            "lora/expected_fused_mlxport_bf16.safetensors", null,
            "mlx-video rounds each adapter's product before adding it; the official rule is expected_fused_official_bf16");
        yield return Case("adapter", Beside);
    }

    private static GoldenCase Case(string name, Check check) =>
        new($"lora/{name}.safetensors", run => check(run, run.Open($"{name}.safetensors")));

    private static void Styles(GoldenRun run, SafetensorsFile expected, params IReadOnlyList<string> files)
    {
        foreach (var file in files)
            Merged(run, expected, run.Compute, Tolerance, file);
    }

    private static void Merged(
        GoldenRun run, SafetensorsFile expected, ComputeOptions compute, double tolerance, params IReadOnlyList<string> files)
    {
        using var adapters = new OpenAdapters(run, files);
        var weights = new LoraWeights(new CheckpointWeights(run.Open("base.safetensors")), adapters.Strengths);
        var scope = new WeightScope(weights, compute);
        foreach (var (key, entry) in expected.Header.Tensors)
        {
            var name = $"{string.Join(" + ", files)}: {key}";
            using var wanted = expected.ReadTensor(key);
            run.Close(name, scope.Weight(key, entry.Shape.ToArray()), wanted, tolerance);
            if (entry.Shape.Count != 2)
                continue;
            using var matrix = scope.Matrix(key, entry.Shape[0], entry.Shape[1]);
            run.Exact($"{name} is dense", matrix is DenseMatrix, true);
            run.Close(name, matrix.Expand(), wanted, tolerance);
        }

        if (adapters.Strengths.All(item => item.Adapter.Incomplete.Count == 0))
            weights.RequireAllUsed();
        else
        {
            const string lacking = "2 of its layers are not in the model or lack a factor: "
                + "transformer_blocks_0_attn1_to_out_0, transformer_blocks_7_attn1_to_q";
            var ex = Assert.Throws<CheckpointException>(() => weights.RequireAllUsed());
            run.Exact("message names the missing layers", ex.Message.Contains(lacking, StringComparison.Ordinal), true);
        }
    }

    /// <summary>
    /// The tolerance is one bfloat16 step at the largest weight: the official code rounds at every step, the engine only once.
    /// </summary>
    private static void BFloat16(GoldenRun run, SafetensorsFile expected)
    {
        using var scope = NewDisposeScope();
        var largest = expected.Header.Tensors.Keys.Max(key => expected.ReadTensor(key).to(ScalarType.Float32).abs().max().item<float>());
        var step = Math.ScaleB(1, Math.ILogB(largest) - 7);
        Merged(run, expected, run.Compute with { Dtype = ScalarType.BFloat16 }, step, "lora_1", "lora_2");
    }

    private static void Beside(GoldenRun run, SafetensorsFile expected)
    {
        var key = run.Json("config.json").GetProperty("adapter_weight_key").GetString()!;
        var file = run.Open("base.safetensors");
        var (rows, columns) = (file.Entry(key).Shape[0], file.Entry(key).Shape[1]);
        using var adapters = new OpenAdapters(run, ["lora_1", "lora_2"]);
        var input = expected.ReadTensor("x");

        using var plain = new WeightScope(new CheckpointWeights(file), run.Compute).Matrix(key, rows, columns);
        run.Close(expected, "y_base", plain.Product(run.Compute.Kernels, input, null), 1e-5);
        foreach (var placement in Enum.GetValues<LoraPlacement>())
        {
            var weights = new LoraWeights(new CheckpointWeights(file), adapters.Strengths, placement);
            using var adapted = new WeightScope(weights, run.Compute).Matrix(key, rows, columns);
            run.Exact($"{placement}: adapters beside the weight", adapted is AdaptedMatrix, placement == LoraPlacement.Separate);
            run.Close(expected, "y", adapted.Product(run.Compute.Kernels, input, null), 1e-5);
        }
    }

    /// <summary>
    /// The adapters of the complete pipelines: the model has all their layers, and their metadata states the reference factors
    /// (docs/reference/pipelines.md, facts 13 and 17).
    /// </summary>
    private static void OfPipelines(GoldenRun run)
    {
        var model = run.Open(Path.Combine("..", "model_ltx20", "model.safetensors"));
        using var files = new WeightFiles([model]);
        var config = TransformerConfig.Parse(ConfigSection.Parse(model.Path, model.Header.Metadata["config"]).Section("transformer"));
        foreach (
            var (name, downscale, temporal) in new[] { ("distilled_lora", 1, 1), ("ic_lora_ref1", 1, 1), ("ic_lora_ref2", 2, 1),
                ("ic_lora_temporal2", 1, 2) })
        {
            using var adapter = LoraAdapter.Open(Path.Combine(run.Folder, $"{name}.safetensors"));
            run.Exact($"{name}: reference factors", (adapter.ReferenceDownscaleFactor, adapter.ReferenceTemporalScaleFactor),
                (downscale, temporal));
            var weights = new LoraWeights(new CheckpointWeights(files, readData: false), [new AdapterStrength(adapter, 1)]);
            new LtxTransformer(new WeightScope(weights, run.Compute with { Device = ShapeOnlyWeights.Device }, LtxTransformer.KeyPrefix),
                config).Dispose();
            weights.RequireAllUsed();
        }
    }

    /// <summary>Open adapters of a case, with the strengths from its configuration.</summary>
    private sealed class OpenAdapters(GoldenRun run, IReadOnlyList<string> files) : IDisposable
    {
        public IReadOnlyList<AdapterStrength> Strengths { get; } = files
            .Select(file => new AdapterStrength(LoraAdapter.Open(Path.Combine(run.Folder, $"{file}.safetensors")), StrengthOf(run, file)))
            .ToList();

        public void Dispose()
        {
            foreach (var item in Strengths)
                item.Adapter.Dispose();
        }

        private static double StrengthOf(GoldenRun run, string file) =>
            run.Json("config.json").GetProperty("strengths")
                .GetProperty(file.Contains("lora_2", StringComparison.Ordinal) ? "lora_2" : "lora_1").GetDouble();
    }
}
