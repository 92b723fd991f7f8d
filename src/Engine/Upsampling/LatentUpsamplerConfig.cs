using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Upsampling;

/// <summary>A latent upsampler's configuration, from the flat <c>config</c> in its own file.</summary>
/// <param name="InChannels">Channels of the latent.</param>
/// <param name="MidChannels">Internal width; a multiple of 32.</param>
/// <param name="BlocksPerStage">Residual blocks before and after the upsampling.</param>
public sealed record LatentUpsamplerConfig(long InChannels, long MidChannels, int BlocksPerStage, UpsamplingKind Kind)
{
    /// <summary>Factor of height and width.</summary>
    public double Factor => Kind switch
    {
        UpsamplingKind.RationalSpace1_5 => 1.5,
        UpsamplingKind.Time2 => 1,
        _ => 2,
    };

    /// <exception cref="CheckpointException">A value is missing or names an unsupported variant.</exception>
    public static LatentUpsamplerConfig Parse(ConfigSection config)
    {
        var spatial = config.Boolean("spatial_upsample", true);
        var temporal = config.Boolean("temporal_upsample", false);
        var rational = config.Boolean("rational_resampler", false);
        var scale = config.Number("spatial_scale", 2);
        var kind = (spatial, temporal, rational, scale) switch
        {
            (true, false, true, 2) => UpsamplingKind.RationalSpace2,
            (true, false, true, 1.5) => UpsamplingKind.RationalSpace1_5,
            (true, false, false, 2) => UpsamplingKind.Space2,
            (false, true, _, _) => UpsamplingKind.Time2,
            _ => throw new CheckpointException($"{config.Path}: an upsampler with spatial_upsample {spatial}, temporal_upsample "
                + $"{temporal}, rational_resampler {rational} and spatial_scale {scale} is not supported."),
        };
        return new LatentUpsamplerConfig(
            config.Integer("in_channels"), config.Integer("mid_channels"), (int)config.Integer("num_blocks_per_stage"), kind);
    }
}

/// <summary>The latent upsamplers released by Lightricks.</summary>
public enum UpsamplingKind
{
    /// <summary>Twice the height and width (LTX-2.0): pixel shuffle; the stored blur has stride 1 and is the identity.</summary>
    RationalSpace2,

    /// <summary>1.5 times the height and width: pixel shuffle by 3, then a binomial blur of stride 2.</summary>
    RationalSpace1_5,

    /// <summary>Twice the height and width (LTX-2.3): plain pixel shuffle.</summary>
    Space2,

    /// <summary>Twice the frames: F to 2F − 1.</summary>
    Time2,
}
