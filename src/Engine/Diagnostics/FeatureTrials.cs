using System.Globalization;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Metal;
using MlxVideo.Engine.Diagnostics.Operations;
using MlxVideo.Shared.Display;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Diagnostics;

/// <summary>
/// Tries functions of libtorch that renders can do without: faster forms of operations, which must be as accurate as the elementary ones
/// and faster, and the undocumented functions of the Metal allocator, which come first, because they are used without being requested. They
/// run last in the self-test's process: a crash costs the function and those after it, but not the device.
/// </summary>
/// <param name="compute">Device, dtype and kernels; only Metal-safe kernels have other forms.</param>
internal sealed class FeatureTrials(ComputeOptions compute, TimeProvider time)
{
    /// <summary>Name of libtorch's own attention for chunks of queries.</summary>
    public const string NativeAttention = "native-attention";

    /// <summary>Name of libtorch's fused RMS norm.</summary>
    public const string FusedNorm = "fused-rms-norm";

    /// <summary>Name of the functions of libtorch's Metal allocator.</summary>
    public const string Allocator = "metal-allocator";

    /// <summary>Share of the elementary form's time that a faster form may take: smaller gains don't justify other last bits.</summary>
    private const double WorthwhileShare = 0.9;

    private const int TimedRuns = 5;
    private const double Epsilon = 1e-6;

    /// <summary>Tries everything that applies to the settings.</summary>
    /// <param name="started">Called with the name of each function before its trial.</param>
    public IEnumerable<FeatureResult> Run(Action<string> started)
    {
        if (compute.Device.type == DeviceType.MPS)
        {
            started(Allocator);
            yield return TryAllocator();
        }

        if (compute.Kernels is MetalSafeKernels)
        {
            started(NativeAttention);
            yield return Try(NativeAttention, new MetalFeatures(NativeAttention: true), Attention);
            started(FusedNorm);
            yield return FusedRmsNorm.IsAvailable(compute.Device)
                ? Try(FusedNorm, new MetalFeatures(FusedRmsNorm: true), Norm)
                : new FeatureResult(FusedNorm, false, "this libtorch does not export it");
        }
    }

    /// <summary>Compares a faster form with the elementary one on the same inputs.</summary>
    internal FeatureResult Try(string name, MetalFeatures features, Func<TensorKernels, TestInputs, Tensor> operation)
    {
        try
        {
            using var scope = TensorScope.OpenOnHost();
            using var noGradients = no_grad();
            using var inputs = new TestInputs(compute.Device.type == DeviceType.CPU);
            var (expected, elementary) = Time(new MetalSafeKernels(), inputs, operation);
            var (actual, seconds) = Time(new MetalSafeKernels(features: features), inputs, operation);
            var error = Reference.Difference(actual, Reference.Wide(expected));
            var tolerance = SelfTest.ToleranceOf(compute.Dtype);
            var gain = string.Create(
                CultureInfo.InvariantCulture, $"{Readable.Number(elementary / seconds, 2)} times as fast as the elementary form");
            return !FiniteValues.Are(actual) || error > tolerance
                ? new FeatureResult(name, false, string.Create(CultureInfo.InvariantCulture, $"inaccurate (error {error:0.0e+0})"))
                : new FeatureResult(name, seconds <= WorthwhileShare * elementary, gain);
        }
        catch (Exception ex) when (ex is not OutOfMemoryException)
        {
            return new FeatureResult(name, false, ex.Message.Split('\n')[0].Trim().TrimEnd('.'));
        }
    }

    private (Tensor Result, double Seconds) Time(
        TensorKernels kernels, TestInputs inputs, Func<TensorKernels, TestInputs, Tensor> operation)
    {
        // The first run may compile kernels.
        var result = operation(kernels, inputs).cpu();
        var best = double.PositiveInfinity;
        for (var run = 0; run < TimedRuns; run++)
        {
            using var scope = TensorScope.OpenOnHost();
            var start = time.GetTimestamp();
            operation(kernels, inputs).cpu(); // waits for the device
            best = Math.Min(best, time.GetElapsedTime(start).TotalSeconds);
        }

        return (result, best);
    }

    private Tensor Attention(TensorKernels kernels, TestInputs inputs)
    {
        var heads = inputs.IsCpu ? 2 : 32;
        var tokens = inputs.IsCpu ? 512 : 3456; // of 768 x 512 x 65
        var query = OnDevice("query", inputs, 1, heads, tokens, 128);
        return kernels.Attention(query, OnDevice("key", inputs, 1, heads, tokens, 128), OnDevice("value", inputs, 1, heads, tokens, 128),
            null, 1 / Math.Sqrt(128));
    }

    private Tensor Norm(TensorKernels kernels, TestInputs inputs) =>
        kernels.RmsNorm(OnDevice("x", inputs, inputs.IsCpu ? 512 : 6144, 4096), Epsilon, OnDevice("weight", inputs, 4096));

    private readonly Dictionary<string, Tensor> _inputs = [];

    /// <summary>Returns the same tensor for a name in every run; its transfer is not timed after the first one.</summary>
    private Tensor OnDevice(string name, TestInputs inputs, params ReadOnlySpan<long> shape)
    {
        if (!_inputs.TryGetValue(name, out var tensor))
            _inputs[name] = tensor = inputs.Normal(shape).to(compute.Dtype, compute.Device).DetachFromDisposeScope();
        return tensor;
    }

    private static FeatureResult TryAllocator()
    {
        try
        {
            if (MpsAllocator.Find(torch.__version__) is not { } allocator)
                return new FeatureResult(Allocator, false, $"known only for libtorch {MpsAllocator.LibtorchVersion}");
            long held;
            using (TensorScope.OpenOnHost())
            {
                ones([1 << 26], ScalarType.Float32, MPS).sum().cpu();
                held = allocator.AllocatedBytes;
            }

            allocator.EmptyCache();
            return held >= 1 << 28 && allocator.AllocatedBytes <= held - (1 << 28) && allocator.DriverBytes > 0
                ? new FeatureResult(Allocator, true, "frees memory and reports its use")
                : new FeatureResult(Allocator, false, "reports implausible sizes");
        }
        catch (Exception ex) when (ex is not OutOfMemoryException)
        {
            return new FeatureResult(Allocator, false, ex.Message.Split('\n')[0].Trim().TrimEnd('.'));
        }
    }
}
