using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Devices;

public sealed class MetalGuardTests
{
    private static readonly MetalSafeKernels Small = new(limits: new TensorLimits(1000, 4000));

    [Fact]
    public void Strict_mode_sees_temporary_tensors_of_a_scope()
    {
        var errors = new List<string>();
        using (TensorScope.Watch(tensor => errors.AddRange(new[] { MetalRules.Error(tensor) }.OfType<string>())))
        {
            using var scope = TensorScope.Open();
            var kept = ones(2, 3).to(ScalarType.Float64).to(ScalarType.Float32);
            Assert.Equal(6, kept.sum().item<float>());
        }

        Assert.Equal(["a tensor [2, 3] of Float64, which Metal does not support"], errors);
    }

    [Fact]
    public void Host_arithmetic_in_float64_is_not_reported()
    {
        var seen = new List<ScalarType>();
        using (TensorScope.Watch(tensor => seen.Add(tensor.dtype)))
        {
            using var outer = TensorScope.Open();
            using var sample = ones(1, 2, 3);
            var moved = new Res2sStep().Apply(sample, sample * 0.5f, sample, 0.9f, 0.5f);
            Assert.Equal(ScalarType.Float32, moved.dtype);
        }

        Assert.DoesNotContain(ScalarType.Float64, seen);
        Assert.NotEmpty(seen);
    }

    [Fact]
    public void Tensors_are_not_observed_after_the_watch_is_disposed()
    {
        var seen = 0;
        TensorScope.Watch(_ => seen++).Dispose();
        using (TensorScope.Open())
            _ = ones(3);
        Assert.Equal(0, seen);
    }

    [Fact]
    public void Strided_convolution_operands_are_reported()
    {
        using var scope = NewDisposeScope();
        var (images, weight) = (ones(2, 5, 6, 4).transpose(1, 3), ones(3, 4, 3, 3));
        Assert.Equal(
            ["a convolution of a strided tensor [2, 4, 6, 5], which Metal computes incorrectly"],
            Errors(() => DeviceOperations.Conv2d(images, weight, null, 1, 1, 1)));
        Assert.Equal(
            ["a convolution of a strided tensor [3, 4, 3, 3], which Metal computes incorrectly"],
            Errors(() => DeviceOperations.Conv2d(images.contiguous(), weight.transpose(2, 3), null, 1, 1, 1)));
        Assert.Empty(Errors(() => Convolution.Conv2d(images, weight.transpose(2, 3), null, padding: 1)));
    }

    [Fact]
    public void Long_products_are_reported_and_the_kernels_split_them()
    {
        using var scope = NewDisposeScope();
        var (rows, weight) = (ones(2, 32_767), ones(3, 32_767));
        Assert.Equal(
            ["a matrix product over 32767 positions; with more than 32766, some Macs read past the end"],
            Errors(() => DeviceOperations.Product(rows, weight.t())));
        Assert.Single(Errors(() => DeviceOperations.ProductPlus(ones(3), rows, weight)));
        var kernels = new MetalSafeKernels();
        Assert.Empty(Errors(() => kernels.Linear(rows, weight, ones(3))));
        Assert.Empty(Errors(() => kernels.Attention(ones(1, 1, 3, 4), ones(1, 1, 34_680, 4), ones(1, 1, 34_680, 4), null, 0.5)));
    }

    [Fact]
    public void Reversal_of_one_position_is_reported_and_padding_avoids_it()
    {
        using var scope = NewDisposeScope();
        Assert.Single(Errors(() => DeviceOperations.Reverse(ones(3, 1), 1)));
        Assert.Empty(Errors(() => Small.Pad(ones(1, 2, 3), 2, 1, 2, PaddingMode.Reflect)));
    }

    [Fact]
    public void In_place_operations_on_views_are_reported()
    {
        using var scope = NewDisposeScope();
        var view = ones(2, 4).narrow(1, 0, 2);
        Assert.Equal(
            ["an in-place operation on a strided tensor [2, 2], which Metal may not write to"],
            Errors(() => DeviceOperations.SiluInPlace(view)));
        Assert.Single(Errors(() => DeviceOperations.GeluInPlace(view)));
        Assert.Empty(Errors(() => DeviceOperations.GeluInPlace(view.contiguous())));
    }

    [Fact]
    public void Attention_over_long_reductions_is_summed_in_slices()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var (query, key, value) =
            (randn([1, 2, 5, 4], generator: generator), randn([1, 2, 50, 4], generator: generator),
                randn([1, 2, 50, 4], generator: generator));
        var mask = randn([1, 1, 5, 50], generator: generator);
        var expected = new PlainKernels().Attention(query, key, value, mask, 0.5);
        Assert.True(new MetalSafeKernels(maxReduction: 16).Attention(query, key, value, mask, 0.5).allclose(expected, atol: 1e-6));
        var weight = randn([6, 50], generator: generator);
        var rows = randn([3, 50], generator: generator);
        Assert.True(new MetalSafeKernels(maxReduction: 16).Linear(rows, weight, ones(6))
            .allclose(new PlainKernels().Linear(rows, weight, ones(6)), atol: 1e-5));
    }

    [Fact]
    public void Split_product_leaves_only_its_result_in_the_callers_scope()
    {
        using var outer = NewDisposeScope();
        var (rows, weight) = (ones(2, 100), ones(3, 100));
        using (var scope = NewDisposeScope())
        {
            var before = outer.DisposablesCount;
            new MetalSafeKernels(maxReduction: 16).Linear(rows, weight, ones(3));
            Assert.Equal(before, outer.DisposablesCount);
            Assert.Equal(2, scope.DisposablesCount); // the result and the bias
        }
    }

    [Fact]
    public void Scores_are_not_rounded_to_bfloat16_before_the_softmax()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);

        // Scores around 200 differ by less than bfloat16's spacing there, so rounding them changes the weights by up to e^0.5.
        var query = (ones(1, 1, 16, 64) * 3).to(ScalarType.BFloat16);
        var key = (1 + randn([1, 1, 512, 64], generator: generator) * 0.01).to(ScalarType.BFloat16);
        var value = randn([1, 1, 512, 64], generator: generator).to(ScalarType.BFloat16);
        var expected = new PlainKernels().Attention(
            query.to(ScalarType.Float32), key.to(ScalarType.Float32), value.to(ScalarType.Float32), null, 1);
        var found = new MetalSafeKernels().Attention(query, key, value, null, 1).to(ScalarType.Float32);
        var error = ((found - expected).square().mean().sqrt() / expected.square().mean().sqrt()).item<float>();
        Assert.InRange(error, 0, 0.005);
    }

    [Theory]
    [InlineData(false, 40)]
    [InlineData(true, 40)]
    [InlineData(true, 7)] // too few queries for the native form
    public void Native_attention_matches_the_elementary_form(bool masked, long queries)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var query = randn([1, 2, queries, 8], generator: generator);
        var (key, value) = (randn([1, 2, 33, 8], generator: generator), randn([1, 2, 33, 8], generator: generator));
        var mask = masked ? randn([1, 1, queries, 33], generator: generator) : null;
        var native = new MetalSafeKernels(maxScores: 2 * 33 * 10, features: new MetalFeatures(NativeAttention: true));
        var elementary = new MetalSafeKernels(maxScores: 2 * 33 * 10);
        Assert.Equal("metal-safe+sdpa", native.Arithmetic);
        Assert.True(
            native.Attention(query, key, value, mask, 0.3).allclose(elementary.Attention(query, key, value, mask, 0.3), atol: 1e-6));
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1e-6)]
    [InlineData(ScalarType.BFloat16, 8e-3)]
    public void Fused_norm_matches_the_elementary_form(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var input = randn([2, 7, 64], generator: generator).to(dtype);
        var weight = randn([64], generator: generator).to(dtype);
        var fused = new MetalSafeKernels(features: new MetalFeatures(FusedRmsNorm: true));
        Assert.True(FusedRmsNorm.IsAvailable(CPU));
        foreach (var each in new[] { weight, null })
        {
            var expected = new MetalSafeKernels().RmsNorm(input, 1e-6, each);
            var found = fused.RmsNorm(input, 1e-6, each);
            Assert.Equal(dtype, found.dtype);
            Assert.True(found.allclose(expected, rtol: tolerance, atol: tolerance));
        }
    }

    [Theory]
    [InlineData(1000, true)]
    [InlineData(1001, false)]
    public void Limits_apply_to_elements_and_bytes(long elements, bool allowed)
    {
        var limits = new TensorLimits(1000, 4000);
        Assert.Equal(allowed, limits.Allows(ScalarType.Float32, elements));
        Assert.Equal(allowed && elements <= 500, limits.Allows(ScalarType.Float64, elements));
        Assert.True(limits.Allows(ScalarType.Float32, 0, long.MaxValue));
        Assert.False(TensorLimits.Metal.Allows(ScalarType.BFloat16, 1L << 31));
        Assert.False(TensorLimits.Metal.Allows(ScalarType.Float32, 1L << 30));
        Assert.False(TensorLimits.Metal.Allows(ScalarType.Float32, long.MaxValue, long.MaxValue));
    }

    public static TheoryData<string> Operations() => ["attention", "linear", "conv3d", "group norm", "pad"];

    [Theory]
    [MemberData(nameof(Operations))]
    public void Every_kernel_refuses_oversized_tensors_in_one_sentence(string operation)
    {
        using var scope = NewDisposeScope();
        Run(operation, 2);
        var ex = Assert.Throws<TensorTooLargeException>(() => Run(operation, 40));
        Assert.EndsWith("exceeds this device's limits (1000 elements, 4000 bytes); render a smaller or shorter clip.",
            ex.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Attention_over_the_limit_is_computed_in_chunks()
    {
        using var scope = NewDisposeScope();
        var (query, key, value) = (randn(1, 2, 30, 4), randn(1, 2, 30, 4), randn(1, 2, 30, 4));
        var chunked = new MetalSafeKernels(maxScores: 600, new TensorLimits(1000, 4000)).Attention(query, key, value, null, 0.5);
        Assert.True(chunked.allclose(new PlainKernels().Attention(query, key, value, null, 0.5), atol: 1e-6));
        Assert.Throws<TensorTooLargeException>(
            () => new MetalSafeKernels(maxScores: 1800, new TensorLimits(1000, 4000)).Attention(query, key, value, null, 0.5));
    }

    private static IReadOnlyList<string> Errors(Func<Tensor> run)
    {
        var errors = new List<string>();
        using (StrictMode.Watch(errors.Add))
            run();
        return errors;
    }

    private static Tensor Run(string operation, long size) => operation switch
    {
        "attention" => Small.Attention(ones(1, 1, size, 30), ones(1, 1, size, 30), ones(1, 1, size, 30), null, 1),
        "linear" => Small.Linear(ones(size, 5), ones(30, 5), null),
        "conv3d" => Small.Conv3d(ones([1, 1, 3, size, 9]), ones([2, 1, 3, 1, 1]), null),
        "group norm" => Small.GroupNorm(ones(1, 4, size, 8), 2, ones(4), zeros(4), 1e-6),
        "pad" => Small.Pad(ones(1, 5, 5, size), 3, size / 2, size / 2, PaddingMode.Zeros),
        _ => throw new ArgumentOutOfRangeException(nameof(operation)),
    };
}
