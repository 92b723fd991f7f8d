using System.Text.Json.Nodes;
using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Models.Diffusers;

/// <summary>
/// Translates the configurations of a diffusers folder to that of a released checkpoint: each component's <c>config.json</c> becomes a
/// section (fields of diffusers' LTX-2 classes; golden/manifest for the released ones).
/// </summary>
internal static class DiffusersConfiguration
{
    // Side of the largest frame in pixels, the only unit in released configurations; diffusers uses it too.
    private const double DefaultBaseSide = 2048;

    /// <summary>Returns true when a folder has the layout of diffusers.</summary>
    public static bool IsIn(string folder) => File.Exists(FileOf(folder, "transformer")) && File.Exists(FileOf(folder, "vae"));

    /// <summary>Reads the configuration of the checkpoint.</summary>
    /// <exception cref="CheckpointException">A file can't be read or lacks a value; the message says which.</exception>
    public static ConfigSection Read(string folder)
    {
        var sections = new JsonObject
        {
            ["transformer"] = Transformer(Open(folder, "transformer"), Open(folder, "connectors")),
            ["vae"] = VideoVaeConfiguration.Translate(Open(folder, "vae")),
        };
        if (File.Exists(FileOf(folder, "audio_vae")))
        {
            sections["audio_vae"] = AudioVae(Open(folder, "audio_vae"));
            sections["vocoder"] = VocoderConfiguration.Translate(Open(folder, "vocoder"));
        }

        return ConfigSection.Parse(folder, sections.ToJsonString());
    }

    /// <summary>Reads the configuration of the upsampler in <c>latent_upsampler</c>.</summary>
    public static ConfigSection ReadUpsampler(string folder)
    {
        var config = Open(folder, "latent_upsampler");
        var translated =
            Copy(config, "in_channels", "mid_channels", "num_blocks_per_stage", "dims", "spatial_upsample", "temporal_upsample");
        translated["spatial_scale"] = config.Number("rational_spatial_scale", 2);
        translated["rational_resampler"] = config.Boolean("use_rational_resampler", false);
        return ConfigSection.Parse(config.Path, translated.ToJsonString());
    }

    /// <summary>Copies fields unchanged; absent ones stay absent.</summary>
    internal static JsonObject Copy(ConfigSection config, params IEnumerable<string> fields) =>
        new(fields.Where(config.Has)
            .Select(field => KeyValuePair.Create(field, JsonNode.Parse(config.Json.GetProperty(field).GetRawText()))));

    private static JsonObject Transformer(ConfigSection config, ConfigSection connectors)
    {
        var translated = Copy(
            config,
            "num_attention_heads", "attention_head_dim", "in_channels", "out_channels", "cross_attention_dim", "num_layers", "norm_eps",
            "activation_fn", "caption_channels",
            "audio_num_attention_heads", "audio_attention_head_dim", "audio_in_channels", "audio_out_channels",
            "audio_cross_attention_dim");
        config.RequireOneOf("qk_norm", "rms_norm_across_heads", "rms_norm_across_heads");
        translated["qk_norm"] = "rms_norm";
        translated["rope_type"] = config.Text("rope_type", "interleaved");
        translated["frequencies_precision"] = config.Boolean("rope_double_precision", true) ? "float64" : "float32";
        translated["positional_embedding_theta"] = config.Number("rope_theta", 10_000);
        translated["positional_embedding_max_pos"] = new JsonArray(
            config.Number("pos_embed_max_pos", 20), config.Number("base_height", DefaultBaseSide),
            config.Number("base_width", DefaultBaseSide));
        translated["audio_positional_embedding_max_pos"] = new JsonArray(config.Number("audio_pos_embed_max_pos", 20));
        translated["timestep_scale_multiplier"] = config.Number("timestep_scale_multiplier", 1000);
        translated["av_ca_timestep_scale_multiplier"] = config.Number("cross_attn_timestep_scale_multiplier", 1000);
        translated["apply_gated_attention"] = config.Boolean("gated_attn", false);
        translated["cross_attention_adaln"] = config.Boolean("cross_attn_mod", false);
        AddConnectors(translated, connectors);
        return translated;
    }

    private static void AddConnectors(JsonObject transformer, ConfigSection connectors)
    {
        transformer["connector_num_attention_heads"] = connectors.Integer("video_connector_num_attention_heads");
        transformer["connector_attention_head_dim"] = connectors.Integer("video_connector_attention_head_dim");
        transformer["audio_connector_num_attention_heads"] = connectors.Integer("audio_connector_num_attention_heads");
        transformer["audio_connector_attention_head_dim"] = connectors.Integer("audio_connector_attention_head_dim");
        transformer["connector_num_layers"] = connectors.Integer("video_connector_num_layers");
        transformer["connector_num_learnable_registers"] = connectors.Integer("video_connector_num_learnable_registers");
        transformer["connector_positional_embedding_max_pos"] = new JsonArray(connectors.Number("connector_rope_base_seq_len", 4096));
        transformer["connector_apply_gated_attention"] = connectors.Boolean("video_gated_attn", false);
        if (!connectors.Boolean("per_modality_projections", false))
            return;
        transformer["caption_proj_before_connector"] = true;
        foreach (var absent in new[] { "caption_proj_input_norm", "caption_projection_first_linear", "caption_projection_second_linear" })
            transformer[absent] = false;
    }

    private static JsonObject AudioVae(ConfigSection config)
    {
        var model =
            Copy(config, "mel_bins", "in_channels", "ch_mult", "num_res_blocks", "dropout", "norm_type", "causality_axis", "double_z",
                "resolution", "mid_block_add_attention");
        model["ch"] = config.Integer("base_channels");
        model["out_ch"] = config.Integer("output_channels");
        model["z_channels"] = config.Integer("latent_channels");
        // In diffusers, null means no attention.
        model["attn_resolutions"] = config.Has("attn_resolutions")
            ? JsonNode.Parse(config.Json.GetProperty("attn_resolutions").GetRawText())
            : new JsonArray();
        var parameters = new JsonObject { ["ddconfig"] = model, ["sampling_rate"] = config.Integer("sample_rate", 16_000) };
        return new JsonObject { ["model"] = new JsonObject { ["params"] = parameters } };
    }

    private static ConfigSection Open(string folder, string component)
    {
        var file = FileOf(folder, component);
        return File.Exists(file)
            ? ConfigSection.Read(file)
            : throw new CheckpointException(
                $"The configuration of {component} is missing: {file} does not exist; download the model again.");
    }

    private static string FileOf(string folder, string component) => Path.Combine(folder, component, "config.json");
}
