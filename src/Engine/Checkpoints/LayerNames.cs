namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Name table for the layers of the transformer and connectors, shared by checkpoints and adapters: released, diffusers and MLX names,
/// and the prefixes that training and repackaging tools add. kohya's adapters use underscores instead of dots; their names are matched
/// segment by segment like the others.
/// </summary>
internal static class LayerNames
{
    private const char Dot = '.';
    private const char Underscore = '_';
    private const string TransformerPrefix = "model.diffusion_model.";
    private const string ProjectionRoot = "text_embedding_projection";
    private const string BlocksRoot = "transformer_blocks";

    /// <summary>Prefixes that do not identify the layer; they may be stacked in any order.</summary>
    private static readonly string[] Wrappers =
    [
        "base_model.model.", "model.", "diffusion_model.", "transformer.", "connectors.", "connector.", "velocity_model.",
        "module.", "_orig_mod.",
    ];

    /// <summary>Prefixes of adapters that use underscores instead of dots.</summary>
    private static readonly string[] UnderscoredWrappers = ["lora_unet_", "lora_transformer_", "lora_connectors_", "lycoris_"];

    /// <summary>Names at the start of a path: the diffusers name and the released name.</summary>
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

    /// <summary>Names after the start of a path: the diffusers or MLX name and the released name.</summary>
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

    /// <summary>Additional names inside connectors only.</summary>
    private static readonly (string Theirs, string Released)[] ConnectorParts = [(BlocksRoot, "transformer_1d_blocks")];

    private static readonly string[] ConnectorRoots =
        ["video_embeddings_connector", "audio_embeddings_connector", "embeddings_connector", ProjectionRoot];

    /// <summary>Returns the key in a released checkpoint of a tensor named <paramref name="key"/> in another layout.</summary>
    public static string ReleasedKey(string key)
    {
        var path = Released(key, Dot);
        return StartsWith(path, ProjectionRoot, Dot) ? path : TransformerPrefix + path;
    }

    /// <summary>
    /// Returns the common name of a layer in all layouts: its released path below the transformer, with underscores instead of dots.
    /// </summary>
    /// <param name="path">The layer's path in any layout, with dots or with underscores only.</param>
    public static string Common(string path) => Released(path, path.Contains(Dot) ? Dot : Underscore).Replace(Dot, Underscore);

    /// <summary>
    /// Returns all forms of the path that a training tool's pattern may refer to: unchanged, without prefixes, and released.
    /// </summary>
    public static IReadOnlyList<string> Spellings(string path) => [path, Unwrapped(path, Dot), Released(path, Dot)];

    /// <summary>Returns true when the layer with this common name belongs to the connectors rather than the transformer.</summary>
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

        // With underscores instead of dots, "transformer_blocks" begins with a wrapper.
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
            // Some released names contain the other name.
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
