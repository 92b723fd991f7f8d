namespace MlxVideo.Engine.Weights;

/// <summary>
/// Layers of a transformer that are quantized when it is loaded (docs/reference/text.md, section 5). Norms, tables and biases never
/// are.
/// </summary>
public enum QuantizationScope
{
    /// <summary>Self-attention of the video stream's blocks.</summary>
    VideoSelfAttention,

    /// <summary>Attention and feed-forward of the video stream's blocks.</summary>
    VideoCore,

    /// <summary>Attention and feed-forward of all blocks, including audio and cross-modal ones.</summary>
    Core,

    /// <summary>Every linear layer.</summary>
    All,
}
