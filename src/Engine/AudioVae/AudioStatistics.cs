using MlxVideo.Engine.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.AudioVae;

/// <summary>
/// Mean and deviation of each feature of an audio token, channel by mel bin: audio latents outside the VAE are always
/// normalised. Keys: <c>mean-of-means</c>, <c>std-of-means</c> (C · mel).
/// </summary>
public sealed class AudioStatistics : nn.Module
{
    /// <summary>Where they lie in a single-file checkpoint.</summary>
    public const string KeyPrefix = "audio_vae.per_channel_statistics";

    private readonly long _channels;
    private readonly long _melBins;
    private readonly Tensor mean;
    private readonly Tensor deviation;

    /// <summary>Takes the statistics from <paramref name="scope"/>, which stands at <see cref="KeyPrefix"/>.</summary>
    public AudioStatistics(WeightScope scope, AudioVaeConfig config)
        : base(nameof(AudioStatistics))
    {
        (_channels, _melBins) = (config.LatentChannels, config.LatentMelBins);
        mean = scope.Weight("mean-of-means", _channels * _melBins);
        deviation = scope.Weight("std-of-means", _channels * _melBins);
        RegisterComponents();
    }

    /// <summary>(x − mean) / deviation of (B, C, T, mel).</summary>
    public Tensor Normalize(Tensor latent)
    {
        using var scope = TensorScope.Open();
        return ((latent - PerFeature(mean)) / PerFeature(deviation)).MoveToOuterDisposeScope();
    }

    /// <summary>x · deviation + mean of (B, C, T, mel).</summary>
    public Tensor Unnormalize(Tensor latent)
    {
        using var scope = TensorScope.Open();
        return (latent * PerFeature(deviation) + PerFeature(mean)).MoveToOuterDisposeScope();
    }

    private Tensor PerFeature(Tensor values) => values.view(1, _channels, 1, _melBins);
}
