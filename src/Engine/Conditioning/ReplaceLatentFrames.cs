using MlxVideo.Engine.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Conditioning;

/// <summary>
/// Overwrites latent frames with encoded ones: their clean tokens and their denoise mask (docs/reference/transformer.md, section 7:
/// image at a latent index). The noiser blends them in.
/// </summary>
/// <param name="Latent">(1, C, frames, H, W): the encoded frames at the stage's size.</param>
/// <param name="FirstFrame">The first latent frame to replace.</param>
/// <param name="Strength">1 keeps the frames unchanged, 0 denoises them from pure noise.</param>
public sealed record ReplaceLatentFrames(Tensor Latent, int FirstFrame, double Strength) : IConditioningItem
{
    /// <inheritdoc/>
    public LatentState Apply(LatentState state, VideoGrid grid)
    {
        using var scope = TensorScope.Open();
        var tokens = VideoPatches.ToTokens(Latent.cpu().to(ScalarType.Float32));
        var start = (long)FirstFrame * grid.Size.TokensPerFrame;
        if (Latent.shape[1] != grid.Channels || Latent.shape[3] != grid.Size.Height || Latent.shape[4] != grid.Size.Width)
            throw new ArgumentException($"A conditioning latent has shape [{string.Join(", ", Latent.shape)}], which does not fit a stage "
                + $"of {grid.Channels} channels, {grid.Size.Height} rows and {grid.Size.Width} columns.");
        if (FirstFrame < 0 || start + tokens.shape[1] > grid.Tokens)
            throw new ArgumentException($"Latent frames {FirstFrame} to {FirstFrame + Latent.shape[2] - 1} cannot be replaced in a latent "
                + $"of {grid.Size.Frames} frames.");
        var clean = state.Clean.clone();
        clean.narrow(1, start, tokens.shape[1]).copy_(tokens);
        var mask = state.DenoiseMask.clone();
        mask.narrow(1, start, tokens.shape[1]).fill_((float)(1 - Strength));
        return state with { Clean = clean.MoveToOuterDisposeScope(), DenoiseMask = mask.MoveToOuterDisposeScope() };
    }
}
