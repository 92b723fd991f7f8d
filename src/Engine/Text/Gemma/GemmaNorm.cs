using MlxVideo.Engine.Layers;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Gemma;

/// <summary>RMS norm whose stored weight is an offset from one; float32 inside.</summary>
internal static class GemmaNorm
{
    public static Tensor Apply(Tensor x, Tensor weight, double epsilon)
    {
        using var scope = TensorScope.Open();
        return RmsNorm.Apply(x, epsilon, weight.to(ScalarType.Float32) + 1).MoveToOuterDisposeScope();
    }
}
