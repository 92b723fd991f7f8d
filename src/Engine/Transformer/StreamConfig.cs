using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Transformer;

/// <summary>Configuration of one modality's stream in the transformer.</summary>
/// <param name="KeyPrefix">Prefix of the stream's checkpoint keys: empty for video, <c>audio_</c> for audio.</param>
/// <param name="InChannels">Features per latent token.</param>
/// <param name="OutChannels">Features per velocity token.</param>
/// <param name="ContextDim">Width of the text context in the blocks.</param>
/// <param name="CaptionChannels">
/// Width of the input text context, which is projected to the stream's width; null in 2.3, where contexts already have that width.
/// </param>
/// <param name="MaxPositions">Largest position per axis: seconds, pixels, pixels.</param>
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
    // Released configurations omit the number of audio channels.
    private const long DefaultAudioChannels = 128;

    /// <summary>heads × head_dim.</summary>
    public long InnerDim => Heads * HeadDim;

    /// <summary>Returns the video stream of a transformer configuration.</summary>
    internal static StreamConfig Video(ConfigSection config) => new(
        "",
        config.Integer("num_attention_heads"),
        config.Integer("attention_head_dim"),
        config.Integer("in_channels"),
        config.Integer("out_channels", config.Integer("in_channels")),
        config.Integer("cross_attention_dim"),
        Captions(config),
        config.Numbers("positional_embedding_max_pos", [20, 2048, 2048]));

    /// <summary>Returns the audio stream of a transformer configuration.</summary>
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
