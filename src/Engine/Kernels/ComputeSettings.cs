using System.Runtime.InteropServices;
using MlxVideo.Engine.Libraries;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Kernels;

/// <summary>User-facing compute settings; <c>auto</c> selects the best option for this machine.</summary>
/// <param name="Device"><c>auto</c>, <c>cpu</c>, <c>mps</c> (Apple's Metal) or <c>cuda</c>.</param>
/// <param name="Dtype"><c>auto</c>, <c>float32</c> or <c>bfloat16</c>; auto is float32 on the CPU and bfloat16 elsewhere.</param>
/// <param name="Kernels">
/// <c>auto</c>, <c>plain</c>, <c>metal-safe</c> or <c>metal-fast</c>; auto is metal-safe on mps and plain elsewhere.
/// </param>
public sealed record ComputeSettings(
    string Device = ComputeSettings.Auto, string Dtype = ComputeSettings.Auto, string Kernels = ComputeSettings.Auto)
{
    /// <summary>Selects the best option for this machine.</summary>
    public const string Auto = "auto";

    /// <summary>
    /// Metal-safe kernels with the faster forms that the device's self-test approves (<see cref="MetalFeatures"/>). Not the default,
    /// because machines may then differ in the last bits.
    /// </summary>
    public const string MetalFast = "metal-fast";

    /// <summary>Resolves the settings for this machine; <see cref="MetalFast"/> without its faster forms.</summary>
    /// <exception cref="ArgumentException">A name is unknown, or the machine lacks the device; the message is one sentence.</exception>
    /// <exception cref="FileNotFoundException">libtorch can't be loaded; the message is one sentence.</exception>
    public ComputeOptions Resolve()
    {
        OpenMp.Require();
        var device = ResolveDevice();
        var isCpu = device.type == DeviceType.CPU;
        var dtype = Dtype switch
        {
            Auto => isCpu ? ScalarType.Float32 : ScalarType.BFloat16,
            "float32" => ScalarType.Float32,
            "bfloat16" => ScalarType.BFloat16,
            _ => throw new ArgumentException($"Unknown compute dtype '{Dtype}'; use auto, float32 or bfloat16."),
        };
        TensorKernels plain = new PlainKernels(), metalSafe = new MetalSafeKernels();
        var kernels = Kernels == Auto
            ? device.type == DeviceType.MPS ? metalSafe : plain
            : Kernels == MetalFast ? metalSafe
            : new[] { plain, metalSafe }.FirstOrDefault(each => each.Name == Kernels)
            ?? throw new ArgumentException($"Unknown kernels '{Kernels}'; use auto, plain, metal-safe or metal-fast.");
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
                : throw new ArgumentException("This machine has no mps device, which requires a Mac with Apple Silicon; use auto or cpu."),
            "cuda" => hasCuda
                ? CUDA
                : throw new ArgumentException("This machine has no cuda device, or this build lacks CUDA support; use auto or cpu."),
            _ => throw new ArgumentException($"Unknown device '{Device}'; use auto, cpu, mps or cuda."),
        };
    }
}
