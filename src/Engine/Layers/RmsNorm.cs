using static TorchSharp.torch;

namespace MlxVideo.Engine.Layers;

/// <summary>Root-mean-square normalisation over the last axis, computed in float32 and returned in the input's dtype.</summary>
public static class RmsNorm
{
    /// <summary>Returns x / √(mean(x²) + ε), times <paramref name="weight"/> if given.</summary>
    public static Tensor Apply(Tensor input, double epsilon, Tensor? weight = null)
    {
        using var scope = TensorScope.Open();
        var x = input.to(ScalarType.Float32);
        var factor = x.norm(-1, keepdim: true).square().div_(input.shape[^1]).add_(epsilon).rsqrt_();
        var normed = input.dtype == ScalarType.Float32 ? x * factor : x.mul_(factor);
        if (weight is not null)
            normed.mul_(weight);
        return normed.to(input.dtype).MoveToOuterDisposeScope();
    }
}
