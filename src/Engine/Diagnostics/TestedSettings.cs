using MlxVideo.Engine.Kernels;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Diagnostics;

/// <summary>The resolved compute settings of a self-test.</summary>
/// <param name="Device"><c>cpu</c>, <c>mps</c> or <c>cuda</c>.</param>
/// <param name="Dtype"><c>float32</c> or <c>bfloat16</c>.</param>
/// <param name="Kernels"><c>plain</c> or <c>metal-safe</c>.</param>
public sealed record TestedSettings(string Device, string Dtype, string Kernels)
{
    /// <summary>
    /// The settings that need no test before their first use: all others fall back to them, and the engine is verified with them.
    /// </summary>
    public static TestedSettings Reference { get; } = new("cpu", "float32", "plain");

    /// <summary>Returns the names of resolved settings.</summary>
    public static TestedSettings Of(ComputeOptions compute) => new(
        compute.Device.type.ToString().ToLowerInvariant(), compute.Dtype.ToString().ToLowerInvariant(), compute.Kernels.Name);

    /// <summary>Returns the names as settings.</summary>
    public ComputeSettings ToSettings() => new(Device, Dtype, Kernels);

    /// <inheritdoc/>
    public override string ToString() => $"{Device} {Dtype} {Kernels}";
}
