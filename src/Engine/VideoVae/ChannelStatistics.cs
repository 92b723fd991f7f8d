using MlxVideo.Engine.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.VideoVae;

/// <summary>
/// Mean and standard deviation per latent channel; latents outside the VAE are always normalised. Keys: <c>mean-of-means</c>,
/// <c>std-of-means</c> (C); the other statistics in the file are not used.
/// </summary>
public sealed class ChannelStatistics : nn.Module
{
    /// <summary>Key prefix in a single-file checkpoint.</summary>
    public const string KeyPrefix = "vae.per_channel_statistics";

    private readonly Tensor mean;
    private readonly Tensor deviation;

    /// <summary>Reads the statistics from <paramref name="scope"/>, positioned at <see cref="KeyPrefix"/>.</summary>
    public ChannelStatistics(WeightScope scope, long channels)
        : base(nameof(ChannelStatistics))
    {
        mean = scope.Weight("mean-of-means", channels);
        deviation = scope.Weight("std-of-means", channels);
        RegisterComponents();
    }

    /// <summary>(x − mean) / deviation over axis 1 of (B, C, F, H, W).</summary>
    public Tensor Normalize(Tensor latent)
    {
        using var scope = TensorScope.Open();
        return ((latent - PerChannel(mean)) / PerChannel(deviation)).MoveToOuterDisposeScope();
    }

    /// <summary>x · deviation + mean over axis 1 of (B, C, F, H, W).</summary>
    public Tensor Unnormalize(Tensor latent)
    {
        using var scope = TensorScope.Open();
        return (latent * PerChannel(deviation) + PerChannel(mean)).MoveToOuterDisposeScope();
    }

    private static Tensor PerChannel(Tensor values) => values.view(1, -1, 1, 1, 1);
}
