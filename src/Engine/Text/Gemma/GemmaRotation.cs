using MlxVideo.Engine.Layers;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Gemma;

/// <summary>Gemma's rotary tables, identical for all heads.</summary>
internal static class GemmaRotation
{
    /// <summary>Returns tables (B, 1, S, head_dim/2), computed in float32.</summary>
    /// <param name="positions">(B, S) on the CPU; B may be 1.</param>
    /// <param name="theta">Base of the frequencies.</param>
    /// <param name="scaling">Divisor of the frequencies.</param>
    public static RotaryTable Table(Tensor positions, long headDim, double theta, double scaling, ScalarType dtype, Device device)
    {
        using var scope = TensorScope.Open();
        var half = (int)headDim / 2;
        var frequencies =
            tensor(Enumerable.Range(0, half).Select(i => 1f / MathF.Pow((float)theta, 2f * i / headDim) / (float)scaling).ToArray());
        var angles = (positions.to(ScalarType.Float32).unsqueeze(-1) * frequencies).unsqueeze(1);
        return new RotaryTable(
            angles.cos().to(dtype, device).MoveToOuterDisposeScope(), angles.sin().to(dtype, device).MoveToOuterDisposeScope());
    }
}
