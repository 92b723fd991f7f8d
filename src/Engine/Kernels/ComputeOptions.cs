using static TorchSharp.torch;

namespace MlxVideo.Engine.Kernels;

/// <summary>Where and how the engine computes.</summary>
/// <param name="Device">The device that holds weights and activations.</param>
/// <param name="Dtype">The compute type: <c>Float32</c> or <c>BFloat16</c>.</param>
/// <param name="Kernels">The operations that differ between devices.</param>
public sealed record ComputeOptions(Device Device, ScalarType Dtype, TensorKernels Kernels)
{
    /// <summary>float32 on the CPU with plain libtorch kernels: the setting that the reference data is compared in.</summary>
    public static ComputeOptions CpuFloat32 { get; } = new(CPU, ScalarType.Float32, new PlainKernels());
}
