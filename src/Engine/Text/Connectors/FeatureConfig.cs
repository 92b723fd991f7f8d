using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Text.Connectors;

/// <summary>Configuration of the features computed from Gemma's hidden states (docs/reference/text.md, section 3).</summary>
/// <param name="HiddenSize">Width D of a hidden state.</param>
/// <param name="States">Number of hidden states L: layers + 1.</param>
/// <param name="VideoWidth">Width of the video stream's features.</param>
/// <param name="AudioWidth">Width of the audio stream's features; null when the model has no audio.</param>
/// <param name="PerStream">
/// True for LTX-2.3: a norm per token and a projection with bias per stream. False for LTX-2.0: a norm over each sample's tokens and one
/// projection without bias, shared by the streams.
/// </param>
public sealed record FeatureConfig(long HiddenSize, int States, long VideoWidth, long? AudioWidth, bool PerStream)
{
    // LTX-2.3 sets these along with caption_proj_before_connector; no released model has other values.
    private static readonly string[] UnsupportedWithPerStream =
        ["caption_proj_input_norm", "caption_projection_first_linear", "caption_projection_second_linear"];

    /// <summary>Parses the configuration from the checkpoint metadata's <c>config.transformer</c>.</summary>
    /// <exception cref="CheckpointException">The variant is not supported.</exception>
    public static FeatureConfig Parse(ConfigSection transformer, long hiddenSize, int states, bool hasAudio)
    {
        var perStream = transformer.Boolean("caption_proj_before_connector", false);
        if (perStream && UnsupportedWithPerStream.FirstOrDefault(key => transformer.Boolean(key, true)) is { } error)
            throw new CheckpointException(
                $"{transformer.Path}: {error} must be false with caption_proj_before_connector; this variant is not supported.");
        var (video, audio) = (ConnectorConfig.Parse(transformer).InnerDim, ConnectorConfig.ParseAudio(transformer).InnerDim);
        if (!perStream && (video != hiddenSize || (hasAudio && audio != hiddenSize)))
            throw new CheckpointException($"{transformer.Path}: the text encoder's hidden states have width {hiddenSize}, but the "
                + $"connectors expect {video}; use the Gemma model that belongs to this checkpoint.");
        return new FeatureConfig(hiddenSize, states, video, hasAudio ? audio : null, perStream);
    }
}
