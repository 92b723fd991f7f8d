using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Adapters;

/// <summary>
/// The ways in which adapter files name layers and factors (docs/reference/text.md, section 7). Layers are compared by a common name,
/// which the table for checkpoints gives too: the released path below the transformer, with underscores for dots, since
/// kohya's files keep no dots.
/// </summary>
public static class LoraKeys
{
    private const string AlphaSuffix = ".alpha";
    private const string WeightSuffix = ".weight";

    // peft and diffusers; kohya; diffusers of old.
    private static readonly (string Name, LoraFactor Factor)[] Factors =
    [
        (".lora_A", LoraFactor.Down), (".lora_B", LoraFactor.Up),
        (".lora_down", LoraFactor.Down), (".lora_up", LoraFactor.Up),
        (".lora.down", LoraFactor.Down), (".lora.up", LoraFactor.Up),
    ];

    // Parts of keys; those that end with an underscore are the beginning of one.
    private static readonly (string Part, string Method)[] OtherMethods =
    [
        ("dora_scale", "DoRA"), ("lora_magnitude_vector", "DoRA"), ("magnitude", "DoRA"),
        ("lokr_", "LoKr"), ("hada_", "LoHa"), ("oft_", "OFT"), ("boft_", "OFT"), ("glora_", "GLoRA"),
        ("lora_mid", "LoRA with a core matrix"), ("bias", "LoRA with biases"), ("diff", "full differences of weights"),
        ("diff_b", "full differences of weights"),
    ];

    /// <summary>Takes the key of an adapter file apart; null when it is no key of a low-rank adapter.</summary>
    public static LoraKey? Parse(string key)
    {
        if (key.EndsWith(AlphaSuffix, StringComparison.Ordinal))
            return Of(key[..^AlphaSuffix.Length], LoraFactor.Alpha);
        var scale = Float8Scale.Names.Select(name => "." + name).FirstOrDefault(suffix => key.EndsWith(suffix, StringComparison.Ordinal));
        var path = scale is not null ? key[..^scale.Length]
            : key.EndsWith(WeightSuffix, StringComparison.Ordinal) ? key[..^WeightSuffix.Length]
            : key;
        foreach (var (name, factor) in Factors)
        {
            // peft may put the adapter's name behind the factor's: lora_A.default.weight.
            foreach (var end in new[] { path, WithoutLastPart(path) })
            {
                if (end.EndsWith(name, StringComparison.Ordinal))
                    return Of(end[..^name.Length], scale is null ? factor : ScaleOf(factor));
            }
        }

        return null;
    }

    /// <summary>The name of another way to adapt a model that a key belongs to; null when it is of none.</summary>
    public static string? OtherMethodOf(string key) =>
        (from part in key.Split('.')
         from method in OtherMethods
         where part == method.Part || (method.Part.EndsWith('_') && part.StartsWith(method.Part, StringComparison.Ordinal))
         select method.Method).FirstOrDefault();

    /// <summary>The common name of the layer whose weight has this key in a checkpoint.</summary>
    public static string LayerOf(string weightKey) =>
        LayerNames.Common(weightKey.EndsWith(WeightSuffix, StringComparison.Ordinal) ? weightKey[..^WeightSuffix.Length] : weightKey);

    /// <summary>True when a layer of this common name belongs to the connectors, not to the transformer.</summary>
    public static bool IsOfConnectors(string layer) => LayerNames.IsOfConnectors(layer);

    private static LoraKey? Of(string path, LoraFactor factor) =>
        path.Length == 0 ? null : new LoraKey(LayerNames.Common(path), path, factor);

    private static LoraFactor ScaleOf(LoraFactor factor) => factor == LoraFactor.Down ? LoraFactor.DownScale : LoraFactor.UpScale;

    private static string WithoutLastPart(string path) => path.LastIndexOf('.') is > 0 and var end ? path[..end] : path;
}
