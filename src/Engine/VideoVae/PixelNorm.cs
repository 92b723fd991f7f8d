using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>x / √(mean over channels of x² + ε), without a weight, over axis 1 of (B, C, ...).</summary>
public static class PixelNorm
{
    /// <summary>Epsilon of the video VAE, which ignores the configuration's norm epsilon (docs/reference/vae.md, section 1).</summary>
    public const double VideoEpsilon = 1e-8;

    /// <summary>Epsilon of the audio VAE (docs/reference/vae.md, section 5).</summary>
    public const double AudioEpsilon = 1e-6;

    /// <summary>Normalises in float32 and returns the input's dtype.</summary>
    public static Tensor Apply(Tensor input, double epsilon = VideoEpsilon)
    {
        using var scope = TensorScope.Open();
        var x = input.to(ScalarType.Float32);
        var norm = x.square().mean([1], keepdim: true).add_(epsilon).sqrt();
        var normed = input.dtype == ScalarType.Float32 ? x / norm : x.div_(norm);
        return normed.to(input.dtype).MoveToOuterDisposeScope();
    }
}
