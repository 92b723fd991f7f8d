using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Kernels;

/// <summary>Where and how to compute, as people name it; <c>auto</c> takes what this machine does best.</summary>
/// <param name="Device"><c>auto</c>, <c>cpu</c>, <c>mps</c> (Apple's Metal) or <c>cuda</c>.</param>
/// <param name="Dtype"><c>auto</c>, <c>float32</c> or <c>bfloat16</c>; auto is float32 on the CPU and bfloat16 elsewhere.</param>
/// <param name="Kernels"><c>auto</c>, <c>plain</c> or <c>metal-safe</c>; auto is metal-safe on mps and plain elsewhere.</param>
public sealed record ComputeSettings(
    string Device = ComputeSettings.Auto, string Dtype = ComputeSettings.Auto, string Kernels = ComputeSettings.Auto)
{
    /// <summary>The word for the machine's best.</summary>
    public const string Auto = "auto";

    /// <summary>What the settings mean on this machine.</summary>
    /// <exception cref="ArgumentException">A name is not known, or the machine has no such device; one sentence.</exception>
    public ComputeOptions Resolve()
    {
        var device = ResolveDevice();
        var isCpu = device.type == DeviceType.CPU;
        var dtype = Dtype switch
        {
            Auto => isCpu ? ScalarType.Float32 : ScalarType.BFloat16,
            "float32" => ScalarType.Float32,
            "bfloat16" => ScalarType.BFloat16,
            _ => throw new ArgumentException($"There is no type '{Dtype}' to compute in: take auto, float32 or bfloat16."),
        };
        TensorKernels plain = new PlainKernels(), metalSafe = new MetalSafeKernels();
        var kernels = Kernels == Auto
            ? device.type == DeviceType.MPS ? metalSafe : plain
            : new[] { plain, metalSafe }.FirstOrDefault(each => each.Name == Kernels)
            ?? throw new ArgumentException($"There are no kernels '{Kernels}': take auto, plain or metal-safe.");
        return new ComputeOptions(device, dtype, kernels);
    }

    private Device ResolveDevice()
    {
        var (hasMps, hasCuda) = (OperatingSystem.IsMacOS() && RuntimeInformation.OSArchitecture == Architecture.Arm64, cuda.is_available());
        return Device switch
        {
            Auto => hasMps ? MPS : hasCuda ? CUDA : CPU,
            "cpu" => CPU,
            "mps" => hasMps
                ? MPS
                : throw new ArgumentException("This machine has no device mps: it is on Macs with Apple Silicon; take auto or cpu."),
            "cuda" => hasCuda
                ? CUDA
                : throw new ArgumentException("This machine has no device cuda, or this build has no CUDA; take auto or cpu."),
            _ => throw new ArgumentException($"There is no device '{Device}': take auto, cpu, mps or cuda."),
        };
    }
}
