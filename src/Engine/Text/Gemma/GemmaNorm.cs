using MlxVideo.Engine.Kernels;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Gemma;

/// <summary>RMS norm with a weight stored as an offset from one; computed in float32.</summary>
internal static class GemmaNorm
{
    public static Tensor Apply(TensorKernels kernels, Tensor x, Tensor weight, double epsilon)
    {
        using var scope = TensorScope.Open();
        return kernels.RmsNorm(x, epsilon, weight.to(ScalarType.Float32) + 1).MoveToOuterDisposeScope();
    }
}
