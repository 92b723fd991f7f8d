using MlxVideo.Shared.Renders;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// Conversion between video latents and tokens. Tokens are ordered frame, row, column with columns fastest; a token's features are
/// ordered channel, patch row, patch column (docs/reference/transformer.md, section 6). LTX-2 uses patches of one cell.
/// </summary>
public static class VideoPatches
{
    /// <summary>(B, C, F, H, W) to (B, F · H/p · W/p, C · p²).</summary>
    public static Tensor ToTokens(Tensor latent, int patch = 1)
    {
        using var scope = TensorScope.Open();
        var (batch, channels, frames, height, width) =
            (latent.shape[0], latent.shape[1], latent.shape[2], latent.shape[3], latent.shape[4]);
        var cells = latent.reshape(batch, channels, frames, height / patch, patch, width / patch, patch);
        return cells.permute(0, 2, 3, 5, 1, 4, 6).reshape(batch, frames * (height / patch) * (width / patch), channels * patch * patch)
            .MoveToOuterDisposeScope();
    }

    /// <summary>(B, F · H/p · W/p, C · p²) to (B, C, F, H, W), contiguous.</summary>
    /// <param name="patch">Cells per side of a patch.</param>
    public static Tensor ToLatent(Tensor tokens, LatentSize size, int patch = 1)
    {
        using var scope = TensorScope.Open();
        var (batch, channels) = (tokens.shape[0], tokens.shape[2] / (patch * patch));
        var cells = tokens.reshape(batch, size.Frames, size.Height / patch, size.Width / patch, channels, patch, patch);
        return cells.permute(0, 4, 1, 2, 5, 3, 6).reshape(batch, channels, size.Frames, size.Height, size.Width).contiguous()
            .MoveToOuterDisposeScope();
    }
}
