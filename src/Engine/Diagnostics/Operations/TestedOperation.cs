using MlxVideo.Engine.Kernels;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Diagnostics.Operations;

/// <summary>
/// An operation of the self-test, in a shape that libtorch 2.10 is known to compute incorrectly on some Macs or that renders depend on.
/// </summary>
/// <param name="Name">Name in reports.</param>
/// <param name="Inputs">Draws the inputs: float32 or integers, on the CPU. The self-test rounds floats to the compute dtype.</param>
/// <param name="Run">Computes on the tested device from inputs on that device, with the engine's own code and kernels.</param>
/// <param name="Expected">
/// Computes the expected values from the same rounded inputs on the CPU in float64, by elementary operations instead of the engine's
/// kernels. A device that is the CPU itself can therefore fail as well.
/// </param>
internal sealed record TestedOperation(
    string Name, Func<TestInputs, Tensor[]> Inputs, Func<ComputeOptions, Tensor[], Tensor> Run, Func<Tensor[], Tensor> Expected)
{
    /// <summary>Selects the values to compare, where all of them would be expensive to compute on the CPU; by default all.</summary>
    public Func<Tensor, Tensor>? Sample { get; init; }

    /// <summary>True when the operation only moves or selects values: the result must be equal bit for bit.</summary>
    public bool IsExact { get; init; }

    /// <summary>True when the inputs stay float32 in every compute dtype, as they do in a render.</summary>
    public bool InFloat32 { get; init; }
}
