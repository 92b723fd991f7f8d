using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Transformer;

/// <summary>One modality's stream through the transformer.</summary>
/// <param name="KeyPrefix">In front of its checkpoint keys: empty for video, <c>audio_</c> for audio.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="HeadDim">Width of a head.</param>
/// <param name="InChannels">Features of a token of the latent.</param>
/// <param name="OutChannels">Features of a token of the velocity.</param>
/// <param name="ContextDim">Width of the text context in the blocks.</param>
/// <param name="CaptionChannels">
/// Width of the given text context, which a projection takes to the stream's width; null in 2.3, where contexts come in that width.
/// </param>
/// <param name="MaxPositions">Largest positions on each axis: seconds, pixels, pixels.</param>
public sealed record StreamConfig(
    string KeyPrefix,
    long Heads,
    long HeadDim,
    long InChannels,
    long OutChannels,
    long ContextDim,
    long? CaptionChannels,
    IReadOnlyList<double> MaxPositions)
{
    // Released configurations leave the number of audio channels out.
    private const long DefaultAudioChannels = 128;

    /// <summary>heads × head_dim.</summary>
    public long InnerDim => Heads * HeadDim;

    /// <summary>The video stream of a transformer configuration.</summary>
    internal static StreamConfig Video(ConfigSection config) => new(
        "",
        config.Integer("num_attention_heads"),
        config.Integer("attention_head_dim"),
        config.Integer("in_channels"),
        config.Integer("out_channels", config.Integer("in_channels")),
        config.Integer("cross_attention_dim"),
        Captions(config),
        config.Numbers("positional_embedding_max_pos", [20, 2048, 2048]));

    /// <summary>The audio stream of a transformer configuration.</summary>
    internal static StreamConfig Audio(ConfigSection config) => new(
        "audio_",
        config.Integer("audio_num_attention_heads"),
        config.Integer("audio_attention_head_dim"),
        config.Integer("audio_in_channels", DefaultAudioChannels),
        config.Integer("audio_out_channels", DefaultAudioChannels),
        config.Integer("audio_cross_attention_dim"),
        Captions(config),
        config.Numbers("audio_positional_embedding_max_pos", [20]));

    private static long? Captions(ConfigSection config) =>
        config.Boolean("caption_proj_before_connector", false) ? null : config.Integer("caption_channels");
}
