using MlxVideo.Shared.Renders;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// The video latent that a stage denoises, and how it becomes tokens: one for each latent cell, ordered frame, row,
/// column (docs/reference/transformer.md, section 6).
/// </summary>
/// <param name="Size">Latent frames, rows and columns.</param>
/// <param name="Channels">Latent channels: config <c>transformer.in_channels</c>.</param>
/// <param name="Fps">Frames per second of the clip.</param>
public sealed record VideoGrid(LatentSize Size, long Channels, double Fps)
{
    /// <summary>Tokens of the latent, without any that conditioning appends.</summary>
    public long Tokens => Size.Tokens;

    /// <summary>(1, 3, T, 2): the tokens' positions in seconds and pixels.</summary>
    public Tensor Positions() => VideoPositions.InSeconds(VideoPositions.InPixels(Size, causal: true), Fps);

    /// <summary>The state before conditioning: zeros, or a latent to start from.</summary>
    /// <param name="initial">(1, C, F, H, W), or null.</param>
    public LatentState State(Tensor? initial = null)
    {
        using var scope = TensorScope.Open();
        var tokens = initial is null ? zeros(1, Tokens, Channels) : VideoPatches.ToTokens(Require(initial).cpu().to(ScalarType.Float32));
        return LatentState.Fresh(tokens, Positions()).MoveToOuterDisposeScope();
    }

    /// <summary>The latent (B, C, F, H, W) of tokens (B, T, C); appended tokens are dropped.</summary>
    public Tensor Latent(Tensor tokens)
    {
        using var scope = TensorScope.Open();
        return VideoPatches.ToLatent(tokens.narrow(1, 0, Tokens), Size).MoveToOuterDisposeScope();
    }

    private Tensor Require(Tensor initial)
    {
        long[] expected = [1, Channels, Size.Frames, Size.Height, Size.Width];
        return initial.shape.SequenceEqual(expected)
            ? initial
            : throw new ArgumentException($"The video latent to start from has shape [{string.Join(", ", initial.shape)}] where this stage "
                + $"needs [{string.Join(", ", expected)}].", nameof(initial));
    }
}
