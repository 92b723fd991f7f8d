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
