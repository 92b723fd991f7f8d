using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>Number of frames, rows and columns that are folded into one position.</summary>
public readonly record struct Stride3d(long Time, long Height, long Width)
{
    /// <summary>Number of positions that are folded into one.</summary>
    public long Volume => Time * Height * Width;
}

/// <summary>Folds positions into channels and back, in the VAE's channel orders (docs/reference/vae.md, section 1).</summary>
public static class ChannelShuffle
{
    private const long Patch = 4;

    /// <summary>(B, C·t·h·w, F, H, W) to (B, C, F·t, H·h, W·w); channel = ((c·t + it)·h + ih)·w + iw.</summary>
    public static Tensor DepthToSpace(Tensor x, Stride3d stride)
    {
        using var scope = TensorScope.Open();
        var (b, c, f, h, w) = (x.shape[0], x.shape[1] / stride.Volume, x.shape[2], x.shape[3], x.shape[4]);
        return x.reshape(b, c, stride.Time, stride.Height, stride.Width, f, h, w)
            .permute(0, 1, 5, 2, 6, 3, 7, 4)
            .reshape(b, c, f * stride.Time, h * stride.Height, w * stride.Width)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The inverse of <see cref="DepthToSpace"/>.</summary>
    public static Tensor SpaceToDepth(Tensor x, Stride3d stride)
    {
        using var scope = TensorScope.Open();
        var (b, c) = (x.shape[0], x.shape[1]);
        var (f, h, w) = (x.shape[2] / stride.Time, x.shape[3] / stride.Height, x.shape[4] / stride.Width);
        return x.reshape(b, c, f, stride.Time, h, stride.Height, w, stride.Width)
            .permute(0, 1, 3, 5, 7, 2, 4, 6)
            .reshape(b, c * stride.Volume, f, h, w)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Pixels (B, 3, F, 4H, 4W) to (B, 48, F, H, W); channel = (c·4 + column offset)·4 + row offset.</summary>
    public static Tensor Patchify(Tensor x)
    {
        using var scope = TensorScope.Open();
        var (b, c, f, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3] / Patch, x.shape[4] / Patch);
        return x.reshape(b, c, f, h, Patch, w, Patch)
            .permute(0, 1, 6, 4, 2, 3, 5)
            .reshape(b, c * Patch * Patch, f, h, w)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The inverse of <see cref="Patchify"/>.</summary>
    public static Tensor Unpatchify(Tensor x)
    {
        using var scope = TensorScope.Open();
        var (b, c, f, h, w) = (x.shape[0], x.shape[1] / (Patch * Patch), x.shape[2], x.shape[3], x.shape[4]);
        return x.reshape(b, c, Patch, Patch, f, h, w)
            .permute(0, 1, 4, 5, 3, 6, 2)
            .reshape(b, c, f, h * Patch, w * Patch)
            .MoveToOuterDisposeScope();
    }
}
