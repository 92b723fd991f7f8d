using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.Conditioning;

/// <summary>Prepares conditioning images for a stage's size (docs/reference/vae.md, section 8).</summary>
public static class ImagePreparation
{
    /// <summary>
    /// Scales the image until both sides cover the target (bilinear, no anti-aliasing), crops it around the centre, and maps 0 … 255 to
    /// −1 … 1.
    /// </summary>
    /// <param name="rgb">Row-major pixels of three bytes each.</param>
    /// <returns>(1, 3, 1, target height, target width) float32, on the CPU.</returns>
    public static Tensor Prepare(byte[] rgb, int width, int height, int targetWidth, int targetHeight)
    {
        using var scope = TensorScope.Open();
        var image = tensor(rgb, ScalarType.Byte).view(height, width, 3).permute(2, 0, 1).unsqueeze(0).to(ScalarType.Float32);
        var scale = Math.Max((double)targetHeight / height, (double)targetWidth / width);
        var (scaledHeight, scaledWidth) = ((long)Math.Ceiling(height * scale), (long)Math.Ceiling(width * scale));
        var scaled = F.interpolate(image, [scaledHeight, scaledWidth], mode: InterpolationMode.Bilinear, align_corners: false);
        var cropped = scaled
            .narrow(2, (scaledHeight - targetHeight) / 2, targetHeight)
            .narrow(3, (scaledWidth - targetWidth) / 2, targetWidth);
        return (cropped / 127.5 - 1).unsqueeze(2).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Repeats the image's borders around it until it has the target's size, and maps 0 … 255 to −1 … 1. Parts outside the target are
    /// cropped around the centre.
    /// </summary>
    /// <inheritdoc cref="Prepare"/>
    public static Tensor Pad(byte[] rgb, int width, int height, int targetWidth, int targetHeight)
    {
        using var scope = TensorScope.OpenOnHost();
        var image = tensor(rgb, ScalarType.Byte).view(height, width, 3).permute(2, 0, 1).unsqueeze(0).to(ScalarType.Float32);
        var padded = image.index_select(2, Positions(height, targetHeight)).index_select(3, Positions(width, targetWidth));
        return (padded / 127.5 - 1).unsqueeze(2).contiguous().MoveToOuterDisposeScope();

        static Tensor Positions(int length, int target)
        {
            var before = (target - length) / 2;
            return arange(-before, target - before, ScalarType.Int64).clamp(0, length - 1);
        }
    }
}
