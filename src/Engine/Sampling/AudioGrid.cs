using static TorchSharp.torch;

namespace MlxVideo.Engine.Sampling;

/// <summary>
/// The audio latent of a denoise stage and its conversion to tokens: one per latent frame, features ordered channel, mel bin
/// (docs/reference/transformer.md, section 6).
/// </summary>
/// <param name="Frames">Latent frames, 25 per second.</param>
/// <param name="Channels">Latent channels: config <c>audio_vae … z_channels</c>, 8 in released models.</param>
/// <param name="MelBins">Latent mel bins: config <c>mel_bins</c> / 4, 16 in released models.</param>
public sealed record AudioGrid(int Frames, long Channels, long MelBins)
{
    // A latent frame covers 4 spectrogram frames of 160 samples at 16 kHz; the first covers only one.
    private const int SpectrogramFrames = 4;
    private const int HopLength = 160;
    private const int SampleRate = 16_000;

    public long Tokens => Frames;

    public long TokenChannels => Channels * MelBins;

    /// <summary>Returns (1, 1, T, 2): start and end of the tokens in seconds, float32.</summary>
    /// <param name="shift">Number of latent frames before the first one.</param>
    /// <param name="causal">Whether the first frame covers only one spectrogram frame.</param>
    public Tensor Positions(int shift = 0, bool causal = true)
    {
        using var scope = TensorScope.Open();
        var index = arange(shift, shift + Frames, ScalarType.Float32);
        return stack([Seconds(index, causal), Seconds(index + 1, causal)], -1).view(1, 1, Frames, 2).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the state before conditioning: zeros, or an initial latent.</summary>
    /// <param name="initial">(1, C, T, mel), or null.</param>
    public LatentState State(Tensor? initial = null)
    {
        using var scope = TensorScope.Open();
        var tokens = initial is null ? zeros(1, Tokens, TokenChannels) : ToTokens(Require(initial).cpu().to(ScalarType.Float32));
        return LatentState.Fresh(tokens, Positions()).MoveToOuterDisposeScope();
    }

    /// <summary>(B, C, T, mel) to (B, T, C · mel).</summary>
    public static Tensor ToTokens(Tensor latent)
    {
        using var scope = TensorScope.Open();
        return latent.transpose(1, 2).flatten(2).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>(B, T, C · mel) to (B, C, T, mel); tokens past <see cref="Frames"/> are dropped.</summary>
    public Tensor Latent(Tensor tokens)
    {
        using var scope = TensorScope.Open();
        var cut = tokens.narrow(1, 0, Frames).contiguous();
        return cut.view(tokens.shape[0], Frames, Channels, MelBins).transpose(1, 2).contiguous().MoveToOuterDisposeScope();
    }

    private static Tensor Seconds(Tensor frames, bool causal)
    {
        using var scope = TensorScope.Open();
        var spectrogram = frames * (float)SpectrogramFrames;
        if (causal)
            spectrogram = (spectrogram + (float)(1 - SpectrogramFrames)).clamp(min: 0);
        return (spectrogram * (float)HopLength / (float)SampleRate).MoveToOuterDisposeScope();
    }

    private Tensor Require(Tensor initial)
    {
        long[] expected = [1, Channels, Frames, MelBins];
        return initial.shape.SequenceEqual(expected)
            ? initial
            : throw new ArgumentException($"The initial audio latent has shape [{string.Join(", ", initial.shape)}], but this stage "
                + $"requires [{string.Join(", ", expected)}].", nameof(initial));
    }
}
