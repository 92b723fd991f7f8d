using MlxVideo.Shared.Renders;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// The video latent of a denoise stage and its conversion to tokens: one per latent cell, ordered frame, row, column
/// (docs/reference/transformer.md, section 6).
/// </summary>
/// <param name="Size">Latent frames, rows and columns.</param>
/// <param name="Channels">Latent channels: config <c>transformer.in_channels</c>.</param>
public sealed record VideoGrid(LatentSize Size, long Channels, double Fps)
{
    /// <summary>Number of tokens, without tokens appended by conditioning.</summary>
    public long Tokens => Size.Tokens;

    /// <summary>Returns the tokens' positions (1, 3, T, 2) in seconds and pixels.</summary>
    public Tensor Positions() => VideoPositions.InSeconds(VideoPositions.InPixels(Size, causal: true), Fps);

    /// <summary>Returns the state before conditioning: zeros, or an initial latent.</summary>
    /// <param name="initial">(1, C, F, H, W), or null.</param>
    public LatentState State(Tensor? initial = null)
    {
        using var scope = TensorScope.Open();
        var tokens = initial is null ? zeros(1, Tokens, Channels) : VideoPatches.ToTokens(Require(initial).cpu().to(ScalarType.Float32));
        return LatentState.Fresh(tokens, Positions()).MoveToOuterDisposeScope();
    }

    /// <summary>Converts tokens (B, T, C) to the latent (B, C, F, H, W); appended tokens are dropped.</summary>
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
            : throw new ArgumentException($"The initial video latent has shape [{string.Join(", ", initial.shape)}], but this stage "
                + $"requires [{string.Join(", ", expected)}].", nameof(initial));
    }
}
