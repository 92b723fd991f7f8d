namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Tensors that training and repackaging tools add to any component without changing the meaning of its weights. They are skipped; any
/// other tensor that a model does not use is an error.
/// </summary>
internal static class MarkerTensors
{
    /// <summary>JSON description of one layer's quantization, read by <see cref="QuantizationMarkers"/>.</summary>
    public const string ComfyQuant = "comfy_quant";

    private static readonly string[] Names =
    [
        "scaled_fp8", // ComfyUI: 8-bit float weights have scales; the marker has the dtype of the weights
        ComfyQuant,
        "input_scale", "scale_input", // for matrix products in 8-bit floats, which the engine does not use
        "spiece_model", "tekken_model", "tokenizer_json", // ComfyUI: tokenizer in a text encoder's file
        "num_updates", "model_ema.decay", // bookkeeping for averaged weights
        "rotary_emb.inv_freq", "position_ids", // constants stored by older versions of transformers
    ];

    /// <summary>Returns true for the key of a marker with any prefix.</summary>
    public static bool IsMarker(string key) =>
        Names.Any(name =>
            key.EndsWith(name, StringComparison.Ordinal) && (key.Length == name.Length || key[key.Length - name.Length - 1] == '.'));
}
