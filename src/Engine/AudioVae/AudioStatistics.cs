using MlxVideo.Engine.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.AudioVae;

/// <summary>
/// Mean and standard deviation of each feature (channel × mel bin) of an audio token. Audio latents outside the VAE are always
/// normalised. Keys: <c>mean-of-means</c>, <c>std-of-means</c> (C · mel).
/// </summary>
public sealed class AudioStatistics : nn.Module
{
    /// <summary>Key prefix in a single-file checkpoint.</summary>
    public const string KeyPrefix = "audio_vae.per_channel_statistics";

    private readonly long _channels;
    private readonly long _melBins;
    private readonly Tensor mean;
    private readonly Tensor deviation;

    /// <summary>Reads the statistics from <paramref name="scope"/>, the scope at <see cref="KeyPrefix"/>.</summary>
    public AudioStatistics(WeightScope scope, AudioVaeConfig config)
        : base(nameof(AudioStatistics))
    {
        (_channels, _melBins) = (config.LatentChannels, config.LatentMelBins);
        mean = scope.Weight("mean-of-means", _channels * _melBins);
        deviation = scope.Weight("std-of-means", _channels * _melBins);
        RegisterComponents();
    }

    /// <summary>Returns (x − mean) / deviation for x of (B, C, T, mel).</summary>
    public Tensor Normalize(Tensor latent)
    {
        using var scope = TensorScope.Open();
        return ((latent - PerFeature(mean)) / PerFeature(deviation)).MoveToOuterDisposeScope();
    }

    /// <summary>Returns x · deviation + mean for x of (B, C, T, mel).</summary>
    public Tensor Unnormalize(Tensor latent)
    {
        using var scope = TensorScope.Open();
        return (latent * PerFeature(deviation) + PerFeature(mean)).MoveToOuterDisposeScope();
    }

    private Tensor PerFeature(Tensor values) => values.view(1, _channels, 1, _melBins);
}
