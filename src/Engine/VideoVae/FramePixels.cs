using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>Conversion from the decoder's range to 8-bit pixels.</summary>
public static class FramePixels
{
    /// <summary>
    /// Returns (x + 1)/2 clamped to 0 … 1, times 255, truncated to uint8 (docs/reference/vae.md, section 8: the RGB24 path).
    /// </summary>
    public static Tensor ToBytes(Tensor frames)
    {
        using var scope = TensorScope.Open();
        return (((frames + 1) / 2).clamp(0, 1) * 255).to(ScalarType.Byte).contiguous().MoveToOuterDisposeScope();
    }
}
