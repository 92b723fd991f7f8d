using System.Diagnostics.CodeAnalysis;

namespace MlxVideo.Engine.Adapters;

/// <summary>
/// The ways in which adapter files name layers and factors (README-text, section 7). Layers are compared by a name that
/// all of them have in common: the official path below the transformer, with underscores for dots, since kohya's files
/// keep no dots.
/// </summary>
public static class LoraKeys
{
    private static readonly (string Suffix, LoraFactor Factor)[] Factors =
    [
        (".lora_A.weight", LoraFactor.Down), (".lora_B.weight", LoraFactor.Up),
        (".lora_A.default.weight", LoraFactor.Down), (".lora_B.default.weight", LoraFactor.Up),
        (".lora_down.weight", LoraFactor.Down), (".lora_up.weight", LoraFactor.Up),
        (".lora.down.weight", LoraFactor.Down), (".lora.up.weight", LoraFactor.Up),
        (".alpha", LoraFactor.Alpha),
    ];

    private static readonly string[] Prefixes = ["base_model.model.", "model.diffusion_model.", "diffusion_model.", "transformer.", "lora_unet_"];

    // diffusers' names of the layers at the top of the transformer.
    private static readonly (string Theirs, string Official)[] TopLayers =
    [
        ("proj_in", "patchify_proj"), ("audio_proj_in", "audio_patchify_proj"),
        ("time_embed", "adaln_single"), ("audio_time_embed", "audio_adaln_single"),
        ("av_cross_attn_video_scale_shift", "av_ca_video_scale_shift_adaln_single"), ("av_cross_attn_audio_scale_shift", "av_ca_audio_scale_shift_adaln_single"),
        ("av_cross_attn_video_a2v_gate", "av_ca_a2v_gate_adaln_single"), ("av_cross_attn_audio_v2a_gate", "av_ca_v2a_gate_adaln_single"),
    ];

    // MLX's names of layers inside blocks and embedders.
    private static readonly (string Theirs, string Official)[] InnerLayers =
    [
        ("_to_out", "_to_out_0"), ("ff_proj_in", "ff_net_0_proj"), ("ff_proj_out", "ff_net_2"), ("_linear1", "_linear_1"), ("_linear2", "_linear_2"),
    ];

    // Beside the transformer's own layers.
    private static readonly string[] ConnectorLayers = ["video_embeddings_connector_", "audio_embeddings_connector_", "embeddings_connector_", "text_embedding_projection_"];

    /// <summary>Reads the key of an adapter file.</summary>
    /// <param name="key">The key.</param>
    /// <param name="layer">The layer's common name.</param>
    /// <param name="factor">Which of its tensors this is.</param>
    /// <returns>False when it is no key of a low-rank adapter.</returns>
    public static bool TryParse(string key, [NotNullWhen(true)] out string? layer, out LoraFactor factor)
    {
        foreach (var (suffix, known) in Factors)
        {
            if (!key.EndsWith(suffix, StringComparison.Ordinal))
                continue;
            (layer, factor) = (Common(key[..^suffix.Length]), known);
            return true;
        }

        (layer, factor) = (null, default);
        return false;
    }

    /// <summary>The common name of the layer whose weight has this key in a checkpoint.</summary>
    public static string LayerOf(string weightKey)
    {
        const string suffix = ".weight";
        return Common(weightKey.EndsWith(suffix, StringComparison.Ordinal) ? weightKey[..^suffix.Length] : weightKey);
    }

    /// <summary>True when a layer of this common name belongs to the connectors, not to the transformer.</summary>
    public static bool IsOfConnectors(string layer) => ConnectorLayers.Any(prefix => layer.StartsWith(prefix, StringComparison.Ordinal));

    private static string Common(string path)
    {
        foreach (var prefix in Prefixes)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal))
                path = path[prefix.Length..];
        }

        var name = path.Replace('.', '_');
        foreach (var (theirs, official) in TopLayers)
        {
            if (name == theirs || name.StartsWith(theirs + "_", StringComparison.Ordinal))
                return official + name[theirs.Length..];
        }

        foreach (var (theirs, official) in InnerLayers)
        {
            if (name.EndsWith(theirs, StringComparison.Ordinal))
                return name[..^theirs.Length] + official;
        }

        return name;
    }
}
