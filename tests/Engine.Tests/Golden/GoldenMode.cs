using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>A way to compute in which the reference must be met.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Compute">How the engine computes.</param>
/// <param name="Strict">Whether every tensor is held to <see cref="MetalRules"/>: the CPU is treated as a Metal device.</param>
internal sealed record GoldenMode(string Name, ComputeOptions Compute, bool Strict = false)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<GoldenMode> All { get; } =
    [
        new("plain", ComputeOptions.CpuFloat32),
        new("strict-metal", ComputeOptions.CpuFloat32 with { Kernels = new MetalSafeKernels() }, Strict: true),
        new("bf16", new ComputeOptions(CPU, ScalarType.BFloat16, new MetalSafeKernels())),
    ];

    /// <summary>Whether a case is run in this mode: in bfloat16, only what computes in it.</summary>
    public bool Runs(string path) => Compute.Dtype != ScalarType.BFloat16 || Bfloat16Tolerances.Of(path) is not null;
}
