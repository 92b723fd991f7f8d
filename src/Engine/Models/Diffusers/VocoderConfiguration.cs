using System.Text.Json.Nodes;
using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Models.Diffusers;

/// <summary>
/// Translates diffusers' vocoder configuration to a released one. It is flat; the fields of its bandwidth extension begin with
/// <c>bwe_</c>.
/// </summary>
internal static class VocoderConfiguration
{
    private const string ExtensionPrefix = "bwe_";

    private static readonly (string Diffusers, string Released)[] Fields =
    [
        ("hidden_channels", "upsample_initial_channel"), ("upsample_factors", "upsample_rates"),
        ("upsample_kernel_sizes", "upsample_kernel_sizes"),
        ("resnet_kernel_sizes", "resblock_kernel_sizes"), ("resnet_dilations", "resblock_dilation_sizes"),
        ("final_bias", "use_bias_at_final"),
    ];

    /// <summary>Returns the released section.</summary>
    public static JsonObject Translate(ConfigSection config)
    {
        var generator = Generator(config, "");
        if (!config.Has(ExtensionPrefix + "hidden_channels"))
        {
            generator["output_sampling_rate"] = config.Integer("output_sampling_rate", 24_000);
            return generator;
        }

        var extension = Generator(config, ExtensionPrefix);
        extension["apply_final_activation"] = false;
        extension["input_sampling_rate"] = config.Integer("input_sampling_rate");
        extension["output_sampling_rate"] = config.Integer("output_sampling_rate");
        extension["hop_length"] = config.Integer("hop_length");
        extension["n_fft"] = config.Integer("filter_length");
        extension["num_mels"] = config.Integer("num_mel_channels");
        return new JsonObject { ["vocoder"] = generator, ["bwe"] = extension };
    }

    private static JsonObject Generator(ConfigSection config, string prefix)
    {
        var snake = config.Text(prefix + "act_fn", "leaky_relu") == "snakebeta";
        var translated = new JsonObject
        {
            ["stereo"] = config.Integer(prefix + "out_channels", 2) == 2,
            ["resblock"] = snake ? "AMP1" : "1",
            ["use_tanh_at_final"] = config.Text(prefix + "final_act_fn", snake ? "" : "tanh") == "tanh",
        };
        if (snake)
            translated["activation"] = "snakebeta";
        foreach (var (diffusers, released) in Fields.Where(field => config.Has(prefix + field.Diffusers)))
            translated[released] = JsonNode.Parse(config.Json.GetProperty(prefix + diffusers).GetRawText());
        return translated;
    }
}
