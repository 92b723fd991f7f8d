using static TorchSharp.torch;

namespace MlxVideo.Engine.Kernels;

/// <summary>Device, dtype and kernels for the engine's computations.</summary>
/// <param name="Device">The device that holds weights and activations.</param>
/// <param name="Dtype">The compute dtype: <c>Float32</c> or <c>BFloat16</c>.</param>
/// <param name="Kernels">The operations that differ between devices.</param>
public sealed record ComputeOptions(Device Device, ScalarType Dtype, TensorKernels Kernels)
{
    /// <summary>float32 on the CPU with plain libtorch kernels: the configuration compared with the reference data.</summary>
    public static ComputeOptions CpuFloat32 { get; } = new(CPU, ScalarType.Float32, new PlainKernels());
}
