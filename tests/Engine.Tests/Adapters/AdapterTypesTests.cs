using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Weights;
using MlxVideo.Shared.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Adapters;

/// <summary>Adapter files as trainers write them, applied to a layer and compared with the formula of their type.</summary>
public sealed class AdapterTypesTests : IDisposable
{
    private const string Weight = "model.diffusion_model.transformer_blocks.0.attn1.to_q.weight";
    private const string Dotted = "diffusion_model.transformer_blocks.0.attn1.to_q";
    private const string Diffusers = "transformer.transformer_blocks.0.attn1.to_q";
    private const string Underscored = "lora_unet_transformer_blocks_0_attn1_to_q";
    private const string LyCoris = "lycoris_transformer_blocks_0_attn1_to_q";
    private const int Rows = 64;
    private const int Columns = 128;
    private const double Strength = -0.5;

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Tensor _weight;

    public AdapterTypesTests() => _weight = Random(0, Rows, Columns);

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    // The predecessor ignored alpha, so that adapters trained with alpha / rank = 2 acted at half their strength.
    [Theory]
    [InlineData(Dotted, ".lora_A.weight", ".lora_B.weight", null, 1)]
    [InlineData(Dotted, ".lora_A.weight", ".lora_B.weight", 8.0, 2)]
    [InlineData(Diffusers, ".lora_A.weight", ".lora_B.weight", null, 1)]
    [InlineData("base_model.model." + Diffusers, ".lora_A.default.weight", ".lora_B.default.weight", null, 1)]
    [InlineData(Underscored, ".lora_down.weight", ".lora_up.weight", 8.0, 2)]
    [InlineData(Underscored, ".lora_down.weight", ".lora_up.weight", 1.0, 0.25)]
    public void LoRA_is_scaled_by_alpha_over_rank(string layer, string down, string up, double? alpha, double scale)
    {
        var (a, b) = (Random(1, 4, Columns), Random(2, Rows, 4));
        Check(
            "rank 4", _weight + (Strength * scale * matmul(b, a)),
            [(layer + down, a), (layer + up, b), .. alpha is { } value ? new[] { (layer + ".alpha", tensor((float)value)) } : []]);
    }

    [Theory]
    [InlineData(false, false, 3.0, 1)] // alpha has no meaning for whole factors
    [InlineData(false, true, 3.0, 1.5)]
    [InlineData(true, true, 4.0, 2)]
    [InlineData(true, false, 6.0, 2)]
    public void LoKr_adds_the_Kronecker_product_of_its_factors(bool splitsLeft, bool splitsRight, double alpha, double scale)
    {
        var tensors = new List<(string, Tensor)> { (LyCoris + ".alpha", tensor((float)alpha)) };
        var left = Factor("lokr_w1", 1, 4, 8, rank: 3, splitsLeft);
        var right = Factor("lokr_w2", 2, 16, 16, rank: 2, splitsRight);
        Check(
            !splitsLeft && !splitsRight ? "LoKr" : splitsRight ? "LoKr, rank 2" : "LoKr, rank 3",
            _weight + (Strength * scale * kron(left, right)), tensors);

        Tensor Factor(string name, int seed, long rows, long columns, long rank, bool isSplit)
        {
            if (!isSplit)
            {
                var whole = Random(seed, rows, columns);
                tensors.Add(($"{LyCoris}.{name}", whole));
                return whole;
            }

            var (first, second) = (Random(seed, rows, rank), Random(seed + 10, rank, columns));
            tensors.AddRange([($"{LyCoris}.{name}_a", first), ($"{LyCoris}.{name}_b", second)]);
            return matmul(first, second);
        }
    }

    [Theory]
    [InlineData(".dora_scale", new long[] { Rows, 1 }, 1)]
    [InlineData(".dora_scale", new long[] { 1, Columns }, 0)]
    [InlineData(".lora_magnitude_vector.weight", new long[] { Rows }, 1)]
    public void DoRA_gives_rows_or_columns_of_the_adapted_weight_the_norms_of_the_file(string key, long[] shape, int axis)
    {
        var (a, b, norms) = (Random(1, 4, Columns), Random(2, Rows, 4), Random(3, shape).abs());
        var adapted = _weight + matmul(b, a);
        adapted = adapted / adapted.square().sum(axis, keepdim: true).sqrt() * (axis == 1 ? norms.view(-1, 1) : norms);
        (string, Tensor)[] tensors = [(Dotted + ".lora_A.weight", a), (Dotted + ".lora_B.weight", b), (Dotted + key, norms)];
        CheckMerged("DoRA, rank 4", _weight + (Strength * (adapted - _weight)), tensors);

        using var adapter = Open(tensors);
        var quantized = new LoraWeights(Quantized(), [new AdapterStrength(adapter, Strength)]);
        Assert.Equal(
            $"{adapter.Path} is a DoRA, which can't be applied to quantized weights; use an unquantized model without --quantize.",
            Assert.Throws<CheckpointException>(() => quantized.ReadMatrix(Weight, Rows, Columns)).Message);
    }

    [Fact]
    public void Several_adapters_of_different_types_add_up()
    {
        var (a, b) = (Random(1, 4, Columns), Random(2, Rows, 4));
        var (left, right) = (Random(3, 4, 8), Random(4, 16, 16));
        using var lora = Open([(Dotted + ".lora_A.weight", a), (Dotted + ".lora_B.weight", b)]);
        using var lokr = Open([(Dotted + ".lokr_w1", left), (Dotted + ".lokr_w2", right)]);
        AdapterStrength[] adapters = [new(lokr, 2), new(lora, 1), new(lokr, -1)];
        var update = kron(left, right) + matmul(b, a);
        (IWeightSource Source, Tensor Expected)[] cases = [(Dense(), _weight + update), (Quantized(), Expanded() + update)];
        foreach (var (source, expected) in cases)
        {
            using var matrix = new LoraWeights(source, adapters).ReadMatrix(Weight, Rows, Columns);
            Close(expected, matrix.Expand());
        }
    }

    [Fact]
    public void Magnitudes_of_another_layer_size_are_refused() =>
        Assert.Contains(
            $"'{Dotted}.dora_scale' [3, 1] are not the norms of the rows or columns of a layer of [{Rows}, {Columns}]",
            Assert.Throws<CheckpointException>(() => Open(
            [
                (Dotted + ".lora_A.weight", Random(1, 4, Columns)), (Dotted + ".lora_B.weight", Random(2, Rows, 4)),
                (Dotted + ".dora_scale", Random(3, 3, 1)),
            ])).Message);

    private void Check(string summary, Tensor expected, IReadOnlyList<(string, Tensor)> tensors)
    {
        CheckMerged(summary, expected, tensors);
        using var adapter = Open(tensors);
        using var separate = new LoraWeights(Quantized(), [new AdapterStrength(adapter, Strength)]).ReadMatrix(Weight, Rows, Columns);
        Assert.IsNotType<DenseMatrix>(separate);
        var unquantized = Expanded() + (expected - _weight);
        Close(unquantized, separate.Expand());
        var input = Random(7, 2, 3, Columns);
        foreach (var kernels in new TensorKernels[] { new PlainKernels(), new MetalSafeKernels() })
            Close(matmul(input, unquantized.t()), separate.Product(kernels, input, null));
        Close(unquantized.index_select(0, tensor(new long[] { 5, 0 })), separate.SelectRows(tensor(new long[] { 5, 0 })));
    }

    private void CheckMerged(string summary, Tensor expected, IReadOnlyList<(string, Tensor)> tensors)
    {
        using var adapter = Open(tensors);
        var weights = new LoraWeights(Dense(), [new AdapterStrength(adapter, Strength)]);
        using var merged = weights.ReadMatrix(Weight, Rows, Columns);
        Close(expected, Assert.IsType<DenseMatrix>(merged).Weight);
        weights.RequireAllUsed();
        Assert.Equal(
            $"{Path.GetFileName(adapter.Path)}: 1 layer{(summary.Length > 0 ? ", " + summary : "")}, strength -0.5",
            LoraSummary.Of(new AdapterFile(adapter.Path, Strength)));
    }

    private LoraAdapter Open(IReadOnlyList<(string Name, Tensor Value)> tensors)
    {
        var path = _folder.File($"{Guid.NewGuid():N}.safetensors");
        SafetensorsWriter.Write(path, tensors.Select(tensor => SafetensorsTensors.ToWrite(tensor.Name, tensor.Value)));
        return LoraAdapter.Open(path);
    }

    private OneWeight Dense() => new(_weight);

    private QuantizingWeights Quantized() => new(Dense(), new RuntimeQuantization(new AffineFormat(8, 64), QuantizationScope.All));

    private Tensor Expanded()
    {
        using var matrix = Quantized().ReadMatrix(Weight, Rows, Columns);
        return matrix.Expand();
    }

    private static void Close(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual).abs().max().item<float>(), 0, 1e-4);
    }

    /// <summary>Returns reproducible normal values.</summary>
    private static Tensor Random(int seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed, CPU);
        return randn(shape, generator: generator);
    }

    /// <summary>One weight under any key.</summary>
    private sealed class OneWeight(Tensor weight) : IWeightSource
    {
        public bool Contains(string key) => true;

        public Tensor Read(string key, ReadOnlySpan<long> shape) => weight.clone().DetachFromDisposeScope();
    }
}
