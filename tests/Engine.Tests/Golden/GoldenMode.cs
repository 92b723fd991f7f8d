using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Golden;

/// <summary>A compute mode in which the engine must match the reference.</summary>
/// <param name="Name">The mode's name in the table.</param>
/// <param name="Strict">Whether every tensor must comply with <see cref="Devices.MetalRules"/>, as if the CPU were a Metal device.</param>
internal sealed record GoldenMode(string Name, ComputeOptions Compute, bool Strict = false)
{
    public static IReadOnlyList<GoldenMode> All { get; } =
    [
        new("plain", ComputeOptions.CpuFloat32),
        new("strict-metal", ComputeOptions.CpuFloat32 with { Kernels = new MetalSafeKernels() }, Strict: true),
        new("bf16", new ComputeOptions(CPU, ScalarType.BFloat16, new MetalSafeKernels())),
    ];

    /// <summary>Whether the operators of this mode must work on Metal (<see cref="Operators.OperatorAudit"/>).</summary>
    public bool IsAudited => Compute.Kernels is MetalSafeKernels;

    /// <summary>Returns whether a case runs in this mode; in bfloat16, only cases with a bfloat16 tolerance run.</summary>
    public bool Runs(string path) => Compute.Dtype != ScalarType.BFloat16 || Bfloat16Tolerances.Of(path) is not null;
}
