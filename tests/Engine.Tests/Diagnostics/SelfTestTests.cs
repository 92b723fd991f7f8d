using MlxVideo.Engine.Diagnostics;
using MlxVideo.Engine.Kernels;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Diagnostics;

/// <summary>The self-test on the CPU, which computes correctly, with injected faults, and with kernels that err as Apple's do.</summary>
public sealed class SelfTestTests
{
    private static readonly ComputeOptions Bfloat16 = new ComputeSettings("cpu", "bfloat16", "metal-safe").Resolve();

    public static TheoryData<string> Operations() => [.. SelfTest.Operations];

    [Theory]
    [InlineData("float32", "plain")]
    [InlineData("float32", "metal-safe")]
    [InlineData("bfloat16", "metal-safe")]
    public void Every_operation_is_accurate_on_the_cpu(string dtype, string kernels)
    {
        var started = new List<string>();
        var results = new SelfTest(new ComputeSettings("cpu", dtype, kernels).Resolve(), TimeProvider.System).Run(started.Add).ToList();

        Assert.Empty(results.Select(result => result.Failure).OfType<string>());
        Assert.Equal(SelfTest.Operations, results.Select(result => result.Operation));
        Assert.Equal(SelfTest.Operations, started);
        Assert.Equal(SelfTest.Operations.Count, SelfTest.Operations.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Wrong_values_fail_the_operation_in_the_coarsest_tolerance(string operation)
    {
        var result = new SelfTest(Bfloat16, TimeProvider.System, new SelfTestFault(operation, SelfTestFaultKind.Wrong)).Run(operation);

        Assert.False(result.Passed);
        Assert.StartsWith($"computes '{operation}' incorrectly (error ", result.Failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("linear-4096-to-16384")]
    [InlineData("attention-6144-tokens")]
    [InlineData("cast-bfloat16")]
    public void Single_nan_fails_the_operation(string operation)
    {
        var fault = new SelfTestFault(operation, SelfTestFaultKind.Nan);
        var result = new SelfTest(ComputeOptions.CpuFloat32, TimeProvider.System, fault).Run(operation);

        Assert.Equal($"returns NaN or infinity for '{operation}'", result.Failure);
    }

    [Fact]
    public void Fault_affects_no_other_operation()
    {
        var fault = new SelfTestFault("rms-norm", SelfTestFaultKind.Wrong);
        Assert.True(new SelfTest(ComputeOptions.CpuFloat32, TimeProvider.System, fault).Run("embedding").Passed);
    }

    [Theory]
    [InlineData("linear-188160", false)]
    [InlineData("linear-4096-to-16384", true)]
    [InlineData("linear-3d", true)]
    public void Kernel_that_errs_in_long_reductions_fails_only_there(string operation, bool passes)
    {
        var compute = ComputeOptions.CpuFloat32 with { Kernels = new FaultyKernels() };
        Assert.Equal(passes, new SelfTest(compute, TimeProvider.System).Run(operation).Passed);
    }

    [Fact]
    public void Unsupported_operation_fails_with_the_reason()
    {
        var compute = ComputeOptions.CpuFloat32 with { Kernels = new FaultyKernels() };
        Assert.Equal(
            "can't compute 'conv3d' (not implemented for this device)",
            new SelfTest(compute, TimeProvider.System).Run("conv3d").Failure);
    }

    /// <summary>Ignores the end of long reductions, and has no 3-D convolution.</summary>
    private sealed class FaultyKernels : TensorKernels
    {
        private const long LongestReduction = 32_766;

        private readonly PlainKernels _plain = new();

        public override string Name => "faulty";

        public override Tensor Attention(Tensor query, Tensor key, Tensor value, Tensor? mask, double scale) =>
            _plain.Attention(query, key, value, mask, scale);

        public override Tensor Linear(Tensor input, Tensor weight, Tensor? bias)
        {
            var length = Math.Min(LongestReduction, weight.shape[1]);
            return _plain.Linear(input.narrow(-1, 0, length), weight.narrow(1, 0, length), bias);
        }

        public override Tensor Conv3d(Tensor input, Tensor weight, Tensor? bias) =>
            throw new NotSupportedException("not implemented for this device.\nNative stack:");

        public override Tensor GroupNorm(Tensor input, long groups, Tensor weight, Tensor bias, double epsilon) =>
            _plain.GroupNorm(input, groups, weight, bias, epsilon);

        public override Tensor PadVolume(
            Tensor input, long framesBefore, long framesAfter, PaddingMode spatial, Func<Tensor, Tensor>? prepare = null) =>
            _plain.PadVolume(input, framesBefore, framesAfter, spatial, prepare);

        public override Tensor Pad(Tensor input, int axis, long before, long after, PaddingMode mode) =>
            _plain.Pad(input, axis, before, after, mode);
    }
}
