namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// The table of names of the layers of transformer and connectors, for checkpoints and adapters alike: released names,
/// those of diffusers and of MLX, with the prefixes that training and repackaging tools put before them. kohya's adapters
/// write underscores for dots; their names are matched part by part like the others.
/// </summary>
internal static class LayerNames
{
    private const char Dot = '.';
    private const char Underscore = '_';
    private const string TransformerPrefix = "model.diffusion_model.";
    private const string ProjectionRoot = "text_embedding_projection";
    private const string BlocksRoot = "transformer_blocks";

    /// <summary>Prefixes that say nothing about the layer; they may be stacked in any order.</summary>
    private static readonly string[] Wrappers =
    [
        "base_model.model.", "model.", "diffusion_model.", "transformer.", "connectors.", "connector.", "velocity_model.",
        "module.", "_orig_mod.",
    ];

    /// <summary>Prefixes of adapters that write underscores for dots.</summary>
    private static readonly string[] UnderscoredWrappers = ["lora_unet_", "lora_transformer_", "lora_connectors_", "lycoris_"];

    /// <summary>Names at the beginning of a path: diffusers', then the released ones.</summary>
    private static readonly (string Theirs, string Released)[] Roots =
    [
        ("proj_in", "patchify_proj"),
        ("audio_proj_in", "audio_patchify_proj"),
        ("time_embed", "adaln_single"),
        ("audio_time_embed", "audio_adaln_single"),
        ("prompt_adaln", "prompt_adaln_single"),
        ("audio_prompt_adaln", "audio_prompt_adaln_single"),
        ("av_cross_attn_video_scale_shift", "av_ca_video_scale_shift_adaln_single"),
        ("av_cross_attn_video_a2v_gate", "av_ca_a2v_gate_adaln_single"),
        ("av_cross_attn_audio_scale_shift", "av_ca_audio_scale_shift_adaln_single"),
        ("av_cross_attn_audio_v2a_gate", "av_ca_v2a_gate_adaln_single"),
        ("video_connector", "video_embeddings_connector"),
        ("audio_connector", "audio_embeddings_connector"),
        ("text_proj_in", $"{ProjectionRoot}.aggregate_embed"),
        ("video_text_proj_in", $"{ProjectionRoot}.video_aggregate_embed"),
        ("audio_text_proj_in", $"{ProjectionRoot}.audio_aggregate_embed"),
    ];

    /// <summary>Names anywhere behind the beginning: diffusers' or MLX's, then the released ones.</summary>
    private static readonly (string Theirs, string Released)[] Parts =
    [
        ("norm_q", "q_norm"),
        ("norm_k", "k_norm"),
        ("video_a2v_cross_attn_scale_shift_table", "scale_shift_table_a2v_ca_video"),
        ("audio_a2v_cross_attn_scale_shift_table", "scale_shift_table_a2v_ca_audio"),
        ("to_out", "to_out.0"),
        ("ff.proj_in", "ff.net.0.proj"),
        ("ff.proj_out", "ff.net.2"),
        ("audio_ff.proj_in", "audio_ff.net.0.proj"),
        ("audio_ff.proj_out", "audio_ff.net.2"),
        ("linear1", "linear_1"),
        ("linear2", "linear_2"),
    ];

    /// <summary>The same, inside connectors only.</summary>
    private static readonly (string Theirs, string Released)[] ConnectorParts = [(BlocksRoot, "transformer_1d_blocks")];

    private static readonly string[] ConnectorRoots =
        ["video_embeddings_connector", "audio_embeddings_connector", "embeddings_connector", ProjectionRoot];

    /// <summary>The key in a released checkpoint of a tensor that another layout calls <paramref name="key"/>.</summary>
    public static string ReleasedKey(string key)
    {
        var path = Released(key, Dot);
        return StartsWith(path, ProjectionRoot, Dot) ? path : TransformerPrefix + path;
    }

    /// <summary>
    /// What all names of a layer have in common: its released path below the transformer, with underscores for dots.
    /// </summary>
    /// <param name="path">The layer's path in any layout, with dots or with underscores alone.</param>
    public static string Common(string path) => Released(path, path.Contains(Dot) ? Dot : Underscore).Replace(Dot, Underscore);

    /// <summary>
    /// The path in every form in which a pattern of a training tool may be meant: as it is, without prefixes, and released.
    /// </summary>
    public static IReadOnlyList<string> Spellings(string path) => [path, Unwrapped(path, Dot), Released(path, Dot)];

    /// <summary>True when a layer of this common name belongs to the connectors, not to the transformer.</summary>
    public static bool IsOfConnectors(string common) => ConnectorRoots.Any(root => StartsWith(common, root, Underscore));

    private static string Released(string path, char separator)
    {
        path = Unwrapped(path, separator);
        foreach (var (theirs, released) in Roots)
        {
            if (StartsWith(path, theirs, separator) && !StartsWith(path, Written(released, separator), separator))
            {
                path = Written(released, separator) + path[theirs.Length..];
                break;
            }
        }

        if (ConnectorRoots.Any(root => StartsWith(path, root, separator)))
            path = Renamed(path, ConnectorParts, separator);
        return Renamed(path, Parts, separator);
    }

    private static string Unwrapped(string path, char separator)
    {
        if (separator == Underscore)
        {
            foreach (var wrapper in UnderscoredWrappers.Where(wrapper => path.StartsWith(wrapper, StringComparison.Ordinal)))
                path = path[wrapper.Length..];
        }

        // "transformer_blocks" begins with a wrapper where dots are written as underscores.
        while (!StartsWith(path, BlocksRoot, separator)
            && Wrappers.FirstOrDefault(wrapper => path.StartsWith(Written(wrapper, separator), StringComparison.Ordinal)) is { } wrapper)
        {
            path = path[wrapper.Length..];
        }

        return path;
    }

    private static string Renamed(string path, (string Theirs, string Released)[] parts, char separator)
    {
        var whole = separator + path + separator;
        foreach (var (theirs, released) in parts)
        {
            // The released name of some contains the other one.
            if (!whole.Contains(separator + Written(released, separator) + separator, StringComparison.Ordinal))
                whole = whole.Replace(
                    separator + Written(theirs, separator) + separator, separator + Written(released, separator) + separator,
                    StringComparison.Ordinal);
        }

        return whole[1..^1];
    }

    private static bool StartsWith(string path, string root, char separator) =>
        path.StartsWith(root, StringComparison.Ordinal) && (path.Length == root.Length || path[root.Length] == separator);

    private static string Written(string name, char separator) => separator == Dot ? name : name.Replace(Dot, separator);
}
