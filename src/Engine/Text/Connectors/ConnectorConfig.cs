using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Text.Connectors;

/// <summary>
/// Configuration of one stream's embeddings connector, from the checkpoint metadata's <c>config.transformer</c>
/// (<c>connector_*</c>, <c>audio_connector_*</c>).
/// </summary>
/// <param name="Layers">Number of blocks.</param>
/// <param name="Registers">Number of learnable registers, which fill the padding.</param>
/// <param name="MaxPosition">Largest position of the rotary embedding.</param>
/// <param name="DoublePrecisionGrid">Whether rotary frequencies are computed in float64 and then rounded.</param>
/// <param name="Gated">Whether the attention has per-head gates (LTX-2.3).</param>
public sealed record ConnectorConfig(
    long Heads, long HeadDim, int Layers, long Registers, double MaxPosition, bool DoublePrecisionGrid = true, bool Gated = false)
{
    /// <summary>Base of the rotary frequencies; never read from metadata.</summary>
    public const double RopeTheta = 10_000;

    /// <summary>heads × head_dim: the width of the context.</summary>
    public long InnerDim => Heads * HeadDim;

    /// <summary>Parses the video stream's configuration.</summary>
    /// <exception cref="CheckpointException">A value names an unsupported variant.</exception>
    public static ConnectorConfig Parse(ConfigSection transformer)
    {
        transformer.RequireOneOf("rope_type", "split", "split");
        return new ConnectorConfig(
            transformer.Integer("connector_num_attention_heads", 30),
            transformer.Integer("connector_attention_head_dim", 128),
            (int)transformer.Integer("connector_num_layers", 2),
            transformer.Integer("connector_num_learnable_registers", 128),
            transformer.Numbers("connector_positional_embedding_max_pos", [1])[0],
            transformer.Text("frequencies_precision", "") == "float64",
            transformer.Boolean("connector_apply_gated_attention", false));
    }

    /// <summary>Parses the audio stream's configuration: the video stream's, except for separate heads in LTX-2.3.</summary>
    /// <exception cref="CheckpointException">A value names an unsupported variant.</exception>
    public static ConnectorConfig ParseAudio(ConfigSection transformer)
    {
        var video = Parse(transformer);
        return video with
        {
            Heads = transformer.Integer("audio_connector_num_attention_heads", video.Heads),
            HeadDim = transformer.Integer("audio_connector_attention_head_dim", video.HeadDim),
        };
    }
}
