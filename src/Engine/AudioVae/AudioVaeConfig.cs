using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.AudioVae;

/// <summary>
/// Dimensions of the audio VAE, from the checkpoint metadata's <c>config.audio_vae.model.params</c> (docs/reference/vae.md, section 5).
/// </summary>
public sealed record AudioVaeConfig
{
    /// <summary>Mel bins of the spectrogram per mel bin of the latent.</summary>
    private const long MelScale = 4;

    /// <summary>Channels of the latent: <c>z_channels</c>, 8 in released models.</summary>
    public required long LatentChannels { get; init; }

    /// <summary>Mel bins of the spectrogram: <c>mel_bins</c>, 64 in released models.</summary>
    public required long MelBins { get; init; }

    /// <summary>Channels of the spectrogram: 2 (stereo).</summary>
    public required long Channels { get; init; }

    /// <summary>Width of the finest level: <c>ch</c>.</summary>
    public required long BaseWidth { get; init; }

    /// <summary>Width of each level relative to <see cref="BaseWidth"/>, finest level first: <c>ch_mult</c>.</summary>
    public required IReadOnlyList<long> LevelWidths { get; init; }

    /// <summary>Residual blocks per encoder level; a decoder level has one more.</summary>
    public required int ResBlocks { get; init; }

    /// <summary>Sample rate of spectrograms in Hz.</summary>
    public required int SampleRate { get; init; }

    public long LatentMelBins => MelBins / MelScale;

    /// <summary>Width of the coarsest level.</summary>
    public long DeepestWidth => BaseWidth * LevelWidths[^1];

    /// <summary>Parses the <c>audio_vae</c> section.</summary>
    /// <exception cref="CheckpointException">A value is missing or names an unsupported variant.</exception>
    public static AudioVaeConfig Parse(ConfigSection section)
    {
        var parameters = section.Section("model").Section("params");
        var config = parameters.Section("ddconfig");
        config.RequireOneOf("norm_type", "pixel", "pixel");
        config.RequireOneOf("causality_axis", "height", "height");
        // The official configurator assumes attention if either field is absent.
        if (config.Boolean("mid_block_add_attention", true) || !config.Has("attn_resolutions") || config.List("attn_resolutions").Count > 0)
            throw new CheckpointException($"{config.Path}: attention in the audio VAE is not supported; LTX-2 has none.");
        if (!config.Boolean("double_z", true))
            throw new CheckpointException(
                $"{config.Path}: an audio VAE without variances (double_z false) is not supported; LTX-2 has them.");
        var widths = config.Numbers("ch_mult", [1, 2, 4]).Select(width => (long)width).ToList();
        if (widths.Count == 0 || widths.Any(width => width < 1))
            throw new CheckpointException($"{config.Path}: ch_mult must be a list of positive integers.");
        return new AudioVaeConfig
        {
            LatentChannels = config.Integer("z_channels"),
            MelBins = config.Integer("mel_bins"),
            Channels = config.Integer("out_ch"),
            BaseWidth = config.Integer("ch"),
            LevelWidths = widths,
            ResBlocks = (int)config.Integer("num_res_blocks"),
            SampleRate = (int)parameters.Integer("sampling_rate", 16_000),
        };
    }
}
