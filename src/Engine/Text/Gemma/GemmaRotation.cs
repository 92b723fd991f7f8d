using MlxVideo.Engine.Layers;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Gemma;

/// <summary>Gemma's rotary tables: positions 0 … S−1, padding included; the same for every head.</summary>
internal static class GemmaRotation
{
    /// <summary>Tables (1, 1, S, head_dim/2), made in float32.</summary>
    public static RotaryTable Table(long tokens, long headDim, double theta, double scaling, ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var half = (int)headDim / 2;
        var frequencies = tensor(Enumerable.Range(0, half).Select(i => 1f / MathF.Pow((float)theta, 2f * i / headDim) / (float)scaling).ToArray());
        var angles = (arange(tokens, ScalarType.Float32).unsqueeze(-1) * frequencies).view(1, 1, tokens, half);
        return new RotaryTable(angles.cos().to(dtype, device).MoveToOuterDisposeScope(), angles.sin().to(dtype, device).MoveToOuterDisposeScope());
    }
}
