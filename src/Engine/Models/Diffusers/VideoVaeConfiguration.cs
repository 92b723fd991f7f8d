using System.Text.Json;
using System.Text.Json.Nodes;
using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Models.Diffusers;

/// <summary>
/// Translates diffusers' video VAE configuration to a released one. Lists follow the released blocks, from the pixels inwards, except
/// <c>upsample_type</c>, which follows the order of the decoder.
/// </summary>
internal static class VideoVaeConfiguration
{
    /// <summary>Returns the released section.</summary>
    public static JsonObject Translate(ConfigSection config)
    {
        var translated =
            DiffusersConfiguration.Copy(config, "latent_channels", "patch_size", "timestep_conditioning", "encoder_spatial_padding_mode",
                "decoder_spatial_padding_mode");
        translated["timestep_conditioning"] ??= false;
        translated["norm_layer"] = "pixel_norm";
        translated["causal_decoder"] = config.Boolean("decoder_causal", true);
        translated["encoder_blocks"] = EncoderBlocks(config);
        var factors = Integers(config, "upsample_factor");
        var widths = Integers(config, "decoder_block_out_channels");
        if (factors.Count == 0 || factors.Count != widths.Count)
            throw new CheckpointException($"{config.Path}: upsample_factor and decoder_block_out_channels must have equal length.");
        translated["decoder_base_channels"] = widths[0] / factors[0];
        translated["decoder_blocks"] = DecoderBlocks(config, factors);
        return translated;
    }

    private static JsonArray EncoderBlocks(ConfigSection config)
    {
        var widths = Integers(config, "block_out_channels");
        var layers = Integers(config, "layers_per_block");
        var kinds = config.List("downsample_type").Select(kind => Text(config, kind)).ToList();
        if (layers.Count != widths.Count + 1 || kinds.Count != widths.Count)
            throw new CheckpointException(
                $"{config.Path}: downsample_type must be as long as block_out_channels, and layers_per_block one longer.");
        var blocks = new JsonArray(Residual(layers[0]));
        var width = config.Integer("latent_channels");
        for (var level = 0; level < widths.Count; level++)
        {
            blocks.Add(Block(Direction(config, kinds[level]) + "_res", new JsonObject { ["multiplier"] = widths[level] / width }));
            blocks.Add(Residual(layers[level + 1]));
            width = widths[level];
        }

        return blocks;
    }

    private static JsonArray DecoderBlocks(ConfigSection config, List<long> factors)
    {
        var layers = Integers(config, "decoder_layers_per_block");
        var residual = config.List("upsample_residual");
        var kinds = config.Has("upsample_type")
            ? config.List("upsample_type").Select(kind => Text(config, kind)).Reverse().ToList()
            : Enumerable.Repeat("spatiotemporal", factors.Count).ToList();
        if (layers.Count != factors.Count + 1 || residual.Count != factors.Count || kinds.Count != factors.Count)
            throw new CheckpointException($"{config.Path}: upsample_residual and upsample_type must be as long as upsample_factor, and "
                + "decoder_layers_per_block one longer.");
        var blocks = new JsonArray(Residual(layers[0]));
        for (var level = 0; level < factors.Count; level++)
        {
            var settings =
                new JsonObject { ["multiplier"] = factors[level], ["residual"] = residual[level].ValueKind == JsonValueKind.True };
            blocks.Add(Block(Direction(config, kinds[level]), settings));
            blocks.Add(Residual(layers[level + 1]));
        }

        return blocks;
    }

    private static JsonArray Residual(long layers) => Block("res_x", new JsonObject { ["num_layers"] = layers });

    private static JsonArray Block(string name, JsonObject settings) => [name, settings];

    private static string Direction(ConfigSection config, string kind) => kind switch
    {
        "spatial" => "compress_space",
        "temporal" => "compress_time",
        "spatiotemporal" => "compress_all",
        _ => throw new CheckpointException($"{config.Path}: resampler type '{kind}' is not supported."),
    };

    private static string Text(ConfigSection config, JsonElement item) =>
        item.ValueKind == JsonValueKind.String
            ? item.GetString()!
            : throw new CheckpointException($"{config.Path}: resampler types must be strings.");

    private static List<long> Integers(ConfigSection config, string field) =>
        config.Numbers(field, []).Select(value => (long)value).ToList();
}
