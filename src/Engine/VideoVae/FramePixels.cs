using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>Conversion from the decoder's range to 8-bit pixels.</summary>
public static class FramePixels
{
    /// <summary>
    /// Returns (x + 1)/2 clamped to 0 … 1, times 255, truncated to uint8 (docs/reference/vae.md, section 8: the RGB24 path). Converts one
    /// frame at a time: the float32 intermediates of a whole tile would take several times the memory of the tile.
    /// </summary>
    /// <param name="frames">(n, …) float32, on the CPU.</param>
    /// <returns>(n, …) uint8, contiguous.</returns>
    public static Tensor ToBytes(Tensor frames)
    {
        using var scope = TensorScope.Open();
        var bytes = empty(frames.shape, ScalarType.Byte);
        for (var index = 0L; index < frames.shape[0]; index++)
        {
            using var frameScope = TensorScope.Open();
            bytes[index].copy_((((frames[index] + 1) / 2).clamp(0, 1) * 255).to(ScalarType.Byte));
        }

        return bytes.MoveToOuterDisposeScope();
    }
}
