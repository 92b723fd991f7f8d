using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Weights;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Adapters;

public sealed class LoraAdapterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Reference_scale_factors_are_read_from_the_metadata()
    {
        using var plain = Open([Ones("a.lora_A.weight", 1, 4), Ones("a.lora_B.weight", 3, 1)]);
        Assert.Equal((1, 1), (plain.ReferenceDownscaleFactor, plain.ReferenceTemporalScaleFactor));
        using var reference = Open(
            [Ones("a.lora_A.weight", 1, 4), Ones("a.lora_B.weight", 3, 1)],
            new Dictionary<string, string> { ["reference_downscale_factor"] = "2", ["reference_temporal_scale_factor"] = "4.0" });
        Assert.Equal((2, 4), (reference.ReferenceDownscaleFactor, reference.ReferenceTemporalScaleFactor));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1.5")]
    [InlineData("two")]
    public void Reference_factor_that_is_not_a_positive_integer_is_refused(string factor) =>
        Assert.Contains(
            $"reference_downscale_factor '{factor}'",
            Assert.Throws<CheckpointException>(
                () => Open(
                    [Ones("a.lora_A.weight", 1, 4), Ones("a.lora_B.weight", 3, 1)],
                    new Dictionary<string, string> { ["reference_downscale_factor"] = factor })).Message);

    [Fact]
    public void Invalid_adapter_files_are_refused()
    {
        Refused("'a.weight' is not a key of a low-rank adapter", Ones("a.weight", 3, 4));
        Refused("map to the same layer", Ones("a.lora_A.weight", 1, 4), Ones("diffusion_model.a.lora_A.weight", 1, 4));
        Refused("not a pair of factors of equal rank", Ones("a.lora_A.weight", 1, 4), Ones("a.lora_B.weight", 3, 2));
        Refused("not a pair of factors of equal rank", Ones("a.lora_A.weight", 1, 4, 1), Ones("a.lora_B.weight", 3, 1));
        Refused("instead of a single number", Ones("a.lora_A.weight", 1, 4), Ones("a.lora_B.weight", 3, 1), Ones("a.alpha", 2));
        Refused("has no weights");
    }

    [Fact]
    public void Alpha_and_strength_scale_the_up_factor()
    {
        using var scope = NewDisposeScope();
        using var adapter =
            Open([Ones("a.lora_A.weight", 4, 2), Ones("a.lora_B.weight", 3, 4),
                TensorToWrite.Of<float>("a.alpha", TensorDtype.F32, [], new float[] { 2 })]);
        var (down, up) = adapter.Read((LowRankUpdate)adapter.Find("a")!.Update, -0.5);
        Assert.Equal([4L, 2], down.shape);
        Assert.All(up.data<float>().ToArray(), value => Assert.Equal(-0.25f, value));
    }

    [Theory]
    [InlineData(LoraPlacement.Merged, true)]
    [InlineData(LoraPlacement.Separate, false)]
    public void Adapters_are_never_merged_into_packed_weights(LoraPlacement placement, bool denseIsMerged)
    {
        using var scope = NewDisposeScope();
        using var adapter =
            Open([Ones("a.lora_A.weight", 2, 64), Ones("a.lora_B.weight", 64, 2), Ones("b.lora_A.weight", 1, 64),
                Ones("b.lora_B.weight", 64, 1)]);
        var dense = new LoraWeights(new Constant(), [new AdapterStrength(adapter, 0.5), new AdapterStrength(adapter, 2)], placement);
        var packed =
            new LoraWeights(new QuantizingWeights(new Constant(), new RuntimeQuantization(new AffineFormat(8, 64), QuantizationScope.All)),
                [new AdapterStrength(adapter, 2.5)], placement);
        using var input = ones(1, 64);
        foreach (var (weights, isMerged) in new[] { (dense, denseIsMerged), (packed, false) })
        {
            using var matrix = weights.ReadMatrix("a.weight", 64, 64);
            Assert.Equal(isMerged, matrix is DenseMatrix);
            Assert.Equal(isMerged, matrix is not AdaptedMatrix);
            var product = matrix.Product(new Kernels.MetalSafeKernels(), input, null);
            Assert.All(product.data<float>().ToArray(), value => Assert.Equal(64 + (2.5f * 2 * 64), value));
            Assert.Equal(product.data<float>().ToArray(), matrix.Expand().sum(1).data<float>().ToArray());
            Assert.Equal(6, matrix.SelectRows(tensor(new long[] { 3 }))[0, 0].item<float>());
            Assert.Contains(
                "1 of its layers are not in the model or lack a factor: b",
                Assert.Throws<CheckpointException>(() => weights.RequireAllUsed()).Message);
            weights.RequireAllUsed(layer => layer == "a");
            weights.ReadMatrix("b.weight", 64, 64).Dispose();
            weights.RequireAllUsed();
        }
    }

    [Fact]
    public void Partial_adapter_may_have_unused_and_incomplete_layers()
    {
        using var adapter = Open([Ones("a.lora_A.weight", 1, 4)]);
        var weights = new LoraWeights(new Constant(), [new AdapterStrength(adapter, 1, MayBePartial: true)]);
        weights.RequireAllUsed();
        Assert.Equal(["a"], adapter.Incomplete);
    }

    [Fact]
    public void Factors_that_do_not_match_the_layer_shape_are_refused()
    {
        using var adapter = Open([Ones("a.lora_A.weight", 1, 4), Ones("a.lora_B.weight", 3, 1)]);
        var weights = new LoraWeights(new Constant(), [new AdapterStrength(adapter, 1)]);
        Assert.Contains(
            "give [3, 4], but the model's layer is [3, 5]",
            Assert.Throws<CheckpointException>(() => weights.ReadMatrix("a.weight", 3, 5)).Message);
    }

    public void Dispose() => _folder.Dispose();

    private void Refused(string expected, params IReadOnlyList<TensorToWrite> tensors) =>
        Assert.Contains(expected, Assert.Throws<CheckpointException>(() => Open(tensors)).Message);

    private LoraAdapter Open(IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var path = _folder.File($"{Guid.NewGuid():N}.safetensors");
        SafetensorsWriter.Write(path, tensors, metadata);
        return LoraAdapter.Open(path);
    }

    private static TensorToWrite Ones(string name, params long[] shape) =>
        TensorToWrite.Of<float>(
            name, TensorDtype.F32, shape, Enumerable.Repeat(1f, (int)shape.Aggregate(1L, (product, size) => product * size)).ToArray());

    /// <summary>Weights of ones in any shape.</summary>
    private sealed class Constant : IWeightSource
    {
        public bool Contains(string key) => true;

        public Tensor Read(string key, ReadOnlySpan<long> shape) => ones(shape.ToArray()).DetachFromDisposeScope();
    }
}
