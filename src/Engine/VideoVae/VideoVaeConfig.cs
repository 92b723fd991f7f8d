using System.Text.Json;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;

namespace MlxVideo.Engine.VideoVae;

/// <summary>The video VAE's configuration, from the checkpoint metadata's <c>config.vae</c> (docs/reference/vae.md, section 9).</summary>
public sealed record VideoVaeConfig
{
    /// <summary>Number of latent channels; also the encoder's base width.</summary>
    public required long LatentChannels { get; init; }

    /// <summary>Width of the decoder's last stage.</summary>
    public required long DecoderBaseChannels { get; init; }

    /// <summary>Whether the decoder is timestep-conditioned: <c>timestep_conditioning</c>, false in LTX-2.</summary>
    public required bool DecoderSeesTimestep { get; init; }

    /// <summary>Encoder blocks from pixels to latent.</summary>
    public required IReadOnlyList<VaeBlockConfig> EncoderBlocks { get; init; }

    /// <summary>Decoder blocks as listed, from output to latent; the decoder builds them in reverse.</summary>
    public required IReadOnlyList<VaeBlockConfig> DecoderBlocks { get; init; }

    /// <summary>Padding of the encoder; always causal.</summary>
    public required VaePadding EncoderPadding { get; init; }

    public required VaePadding DecoderPadding { get; init; }

    /// <exception cref="CheckpointException">A value is missing or names an unsupported variant.</exception>
    public static VideoVaeConfig Parse(ConfigSection config)
    {
        config.RequireOneOf("norm_layer", "pixel_norm", "pixel_norm");
        var shared = config.Has("spatial_padding_mode") ? config.Text("spatial_padding_mode", "") : null;
        return new VideoVaeConfig
        {
            // The official configurator treats an absent value as true.
            DecoderSeesTimestep = config.Boolean("timestep_conditioning", true),
            LatentChannels = config.Integer("latent_channels"),
            DecoderBaseChannels = config.Integer("decoder_base_channels", 128),
            EncoderBlocks = Blocks(config, "encoder_blocks"),
            DecoderBlocks = Blocks(config, "decoder_blocks"),
            EncoderPadding = new VaePadding(true, Mode(config, shared ?? config.Text("encoder_spatial_padding_mode", "zeros"))),
            DecoderPadding = new VaePadding(
                config.Boolean("causal_decoder", false), Mode(config, shared ?? config.Text("decoder_spatial_padding_mode", "reflect"))),
        };
    }

    private static PaddingMode Mode(ConfigSection config, string name) => name switch
    {
        "zeros" => PaddingMode.Zeros,
        "reflect" => PaddingMode.Reflect,
        "replicate" => PaddingMode.Replicate,
        _ => throw new CheckpointException($"{config.Path}: spatial padding '{name}' is not supported."),
    };

    private static List<VaeBlockConfig> Blocks(ConfigSection config, string key) =>
        config.List(key).Select((block, index) => VaeBlockConfig.Parse($"{config.Path}: {key}[{index}]", block)).ToList();
}

/// <summary>One entry of the block lists: <c>["compress_all", {"residual": true, "multiplier": 2}]</c>.</summary>
/// <param name="Kind">The name without a <c>_res</c> suffix.</param>
/// <param name="Layers">Number of residual blocks in a <c>res_x</c> stage.</param>
/// <param name="Multiplier">Ratio of a compressing block's larger to its smaller channel count.</param>
/// <param name="Residual">Whether a decoder block adds its input.</param>
/// <param name="Stride">Positions that a compressing block folds into one; (1, 1, 1) for <c>res_x</c>.</param>
public sealed record VaeBlockConfig(string Kind, int Layers, long Multiplier, bool Residual, Stride3d Stride)
{
    /// <summary>Whether the block is a stage of residual blocks.</summary>
    public bool IsResStage => Kind == "res_x";

    internal static VaeBlockConfig Parse(string path, JsonElement block)
    {
        if (block.ValueKind != JsonValueKind.Array || block.GetArrayLength() != 2 || block[0].ValueKind != JsonValueKind.String)
            throw new CheckpointException($"{path}: a block must be an array of a name and its settings.");
        var name = block[0].GetString()!;
        var settings = block[1].ValueKind == JsonValueKind.Number
            ? new ConfigSection(path, JsonSerializer.SerializeToElement(new { num_layers = block[1].GetInt32() }))
            : new ConfigSection(path, block[1]);
        var stride = name switch
        {
            "res_x" => new Stride3d(1, 1, 1),
            "compress_all" or "compress_all_res" => new Stride3d(2, 2, 2),
            "compress_space" or "compress_space_res" => new Stride3d(1, 2, 2),
            "compress_time" or "compress_time_res" => new Stride3d(2, 1, 1),
            _ => throw new CheckpointException($"{path}: block '{name}' is not supported."),
        };
        if (settings.Boolean("inject_noise", false))
            throw new CheckpointException($"{path}: noise injection is not supported; LTX-2 does not use it.");
        return new VaeBlockConfig(
            name.EndsWith("_res", StringComparison.Ordinal) ? name[..^"_res".Length] : name,
            name == "res_x" ? (int)settings.Integer("num_layers") : 0,
            settings.Integer("multiplier", 1),
            settings.Boolean("residual", false) && name == "compress_all", // only compress_all supports it
            stride);
    }
}
