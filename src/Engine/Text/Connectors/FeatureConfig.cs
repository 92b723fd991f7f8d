using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Text.Connectors;

/// <summary>How Gemma's hidden states become features (docs/reference/text.md, section 3).</summary>
/// <param name="HiddenSize">Width D of a hidden state.</param>
/// <param name="States">Hidden states L: layers + 1.</param>
/// <param name="VideoWidth">Width of the video stream's features.</param>
/// <param name="AudioWidth">Width of the audio stream's features; null when the model has no audio.</param>
/// <param name="PerStream">
/// True for LTX-2.3: a norm for each token and a projection with bias for each stream. False for LTX-2.0: a norm over
/// each sample's tokens and one projection without bias that the streams share.
/// </param>
public sealed record FeatureConfig(long HiddenSize, int States, long VideoWidth, long? AudioWidth, bool PerStream)
{
    // What LTX-2.3 states beside caption_proj_before_connector; no released model has other values.
    private static readonly string[] UnsupportedWithPerStream =
        ["caption_proj_input_norm", "caption_projection_first_linear", "caption_projection_second_linear"];

    /// <summary>Reads the configuration from the checkpoint metadata's <c>config.transformer</c>.</summary>
    /// <exception cref="CheckpointException">A variant that is not supported.</exception>
    public static FeatureConfig Parse(ConfigSection transformer, long hiddenSize, int states, bool hasAudio)
    {
        var perStream = transformer.Boolean("caption_proj_before_connector", false);
        if (perStream && UnsupportedWithPerStream.FirstOrDefault(key => transformer.Boolean(key, true)) is { } fault)
            throw new CheckpointException(
                $"{transformer.Path}: {fault} must be false beside caption_proj_before_connector; this variant is not supported.");
        var (video, audio) = (ConnectorConfig.Parse(transformer).InnerDim, ConnectorConfig.ParseAudio(transformer).InnerDim);
        if (!perStream && (video != hiddenSize || (hasAudio && audio != hiddenSize)))
            throw new CheckpointException($"{transformer.Path}: the text encoder's hidden states are {hiddenSize} wide, the connectors "
                + $"{video}. Does this Gemma belong to this checkpoint?");
        return new FeatureConfig(hiddenSize, states, video, hasAudio ? audio : null, perStream);
    }
}
