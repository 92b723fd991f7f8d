using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Kernels;

/// <summary>
/// libtorch's fused RMS norm, which TorchSharp does not expose. The function belongs to the C interface that AOTInductor compiles against
/// (https://github.com/pytorch/pytorch, torch/csrc/inductor/aoti_torch); its tensor handles are the same pointers as TorchSharp's.
/// </summary>
internal static class FusedRmsNorm
{
    private const string Library = "torch_cpu";

    private static readonly Lazy<bool> OnMetal = new(() => Has("aoti_torch_mps__fused_rms_norm"));
    private static readonly Lazy<bool> OnCpu = new(() => Has("aoti_torch_cpu__fused_rms_norm"));

    /// <summary>Returns whether the loaded libtorch has the function for a device.</summary>
    public static bool IsAvailable(Device device) => device.type switch
    {
        DeviceType.MPS => OnMetal.Value,
        DeviceType.CPU => OnCpu.Value,
        _ => false,
    };

    /// <summary>Returns x / √(mean(x²) + ε) over the last axis, times the weight, computed in float32, in the input's dtype.</summary>
    /// <param name="input">(..., D), contiguous.</param>
    /// <param name="weight">(D) in the dtype of the input; null for none.</param>
    /// <exception cref="ExternalException">libtorch reported an error.</exception>
    public static Tensor Apply(Tensor input, double epsilon, Tensor? weight)
    {
        var width = input.shape[^1];
        nint[]? weights = weight is null ? null : [weight.Handle];
        var status = input.device.type == DeviceType.MPS
            ? OfMetal(input.Handle, in width, 1, weights, in epsilon, out var result, out var factors)
            : OfCpu(input.Handle, in width, 1, weights, in epsilon, out result, out factors);
        if (status != 0)
            throw new ExternalException($"libtorch's fused RMS norm failed on a tensor [{string.Join(", ", input.shape)}].", status);
        Tensor.UnsafeCreateTensor(factors).Dispose();
        GC.KeepAlive(input);
        GC.KeepAlive(weight);
        return Tensor.UnsafeCreateTensor(result);
    }

    private static bool Has(string function) =>
        NativeLibrary.TryLoad(Library, typeof(FusedRmsNorm).Assembly, null, out var library)
        && NativeLibrary.TryGetExport(library, function, out _);

    [DllImport(Library, EntryPoint = "aoti_torch_mps__fused_rms_norm")]
    private static extern int OfMetal(
        nint input, in long shape, long axes, [In] nint[]? weight, in double epsilon, out nint result, out nint factors);

    [DllImport(Library, EntryPoint = "aoti_torch_cpu__fused_rms_norm")]
    private static extern int OfCpu(
        nint input, in long shape, long axes, [In] nint[]? weight, in double epsilon, out nint result, out nint factors);
}
