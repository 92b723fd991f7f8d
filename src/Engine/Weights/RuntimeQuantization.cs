namespace MlxVideo.Engine.Weights;

/// <summary>Quantization of dense weights while a model is loaded, to save memory.</summary>
public sealed record RuntimeQuantization(AffineFormat Format, QuantizationScope Scope = QuantizationScope.VideoCore)
{
    private const string Blocks = "transformer_blocks.";

    // Layers with fewer outputs, or with a number that is not a multiple, stay dense: the gates of attention heads, for example.
    private const int RowMultiple = 64;

    private static readonly string[] VideoLayers = ["attn1", "attn2", "ff"];
    private static readonly string[] OtherLayers = ["audio_attn1", "audio_attn2", "audio_ff", "audio_to_video_attn", "video_to_audio_attn"];

    /// <summary>Returns true when the weight with this key and shape (out, in) is to be quantized.</summary>
    public bool AppliesTo(string key, long rows, long columns) =>
        rows % RowMultiple == 0 && columns % Format.GroupSize == 0 && Scope switch
        {
            QuantizationScope.VideoSelfAttention => LayerOf(key) == VideoLayers[0],
            QuantizationScope.VideoCore => VideoLayers.Contains(LayerOf(key)),
            QuantizationScope.Core => LayerOf(key) is { } layer && (VideoLayers.Contains(layer) || OtherLayers.Contains(layer)),
            _ => true,
        };

    /// <summary>
    /// Returns the layer of a block that a key belongs to: <c>attn1</c> of <c>transformer_blocks.0.attn1.to_q.weight</c>; null outside
    /// blocks.
    /// </summary>
    private static string? LayerOf(string key)
    {
        var start = key.IndexOf(Blocks, StringComparison.Ordinal);
        return start < 0 ? null : key[(start + Blocks.Length)..].Split('.') is [_, var layer, ..] ? layer : null;
    }
}
