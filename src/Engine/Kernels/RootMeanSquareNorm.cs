using static TorchSharp.torch;

namespace MlxVideo.Engine.Kernels;

/// <summary>Root-mean-square normalisation over the last axis from elementary operations.</summary>
internal static class RootMeanSquareNorm
{
    /// <summary>See <see cref="TensorKernels.RmsNorm"/>.</summary>
    public static Tensor Apply(Tensor input, double epsilon, Tensor? weight)
    {
        using var scope = TensorScope.Open();
        var x = input.to(ScalarType.Float32);
        var factor = x.norm(-1, keepdim: true).square().div_(input.shape[^1]).add_(epsilon).rsqrt();
        var normed = input.dtype == ScalarType.Float32 ? x * factor : x.mul_(factor);
        if (weight is not null)
            normed.mul_(weight);
        return normed.to(input.dtype).MoveToOuterDisposeScope();
    }
}
