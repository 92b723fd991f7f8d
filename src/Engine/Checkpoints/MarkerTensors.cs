namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Tensors that training and repackaging tools add beside the weights of any component and that change nothing of what the
/// weights mean. They are passed over; whatever else a model does not use is an error.
/// </summary>
internal static class MarkerTensors
{
    /// <summary>JSON about one layer's quantisation; <see cref="QuantizationMarkers"/> reads it.</summary>
    public const string ComfyQuant = "comfy_quant";

    private static readonly string[] Names =
    [
        "scaled_fp8", // ComfyUI: there are scales beside weights in 8-bit floats; its dtype is theirs
        ComfyQuant,
        "input_scale", "scale_input", // for products in 8-bit floats, which are not made here
        "spiece_model", "tekken_model", "tokenizer_json", // ComfyUI: the tokenizer inside a text encoder's file
        "num_updates", "model_ema.decay", // bookkeeping of averaged weights
        "rotary_emb.inv_freq", "position_ids", // constants that older transformers versions stored
    ];

    /// <summary>True for the key of a marker, under whatever prefix.</summary>
    public static bool IsMarker(string key) =>
        Names.Any(name =>
            key.EndsWith(name, StringComparison.Ordinal) && (key.Length == name.Length || key[key.Length - name.Length - 1] == '.'));
}
