namespace MlxVideo.Engine.Weights;

/// <summary>
/// Which layers of a transformer are quantised when it is loaded (docs/reference/text.md, section 5). Norms, tables and
/// biases never are.
/// </summary>
public enum QuantizationScope
{
    /// <summary>Attention and feed-forward of the video stream's blocks.</summary>
    VideoCore,

    /// <summary>Attention and feed-forward of all blocks, sound and cross-modal too.</summary>
    Core,

    /// <summary>Every linear layer.</summary>
    All,
}
