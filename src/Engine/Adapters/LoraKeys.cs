using MlxVideo.Engine.Checkpoints;

namespace MlxVideo.Engine.Adapters;

/// <summary>
/// Naming schemes for layers and factors in adapter files (docs/reference/text.md, section 7). Layers are matched by a common name,
/// which the checkpoint name table also produces: the released path below the transformer, with underscores instead of dots, because
/// kohya's files contain no dots.
/// </summary>
public static class LoraKeys
{
    private const string AlphaSuffix = ".alpha";
    private const string WeightSuffix = ".weight";

    // PEFT and diffusers; kohya; older diffusers; LyCORIS and ComfyUI; PEFT.
    private static readonly (string Name, LoraFactor Factor)[] Factors =
    [
        (".lora_A", LoraFactor.Down), (".lora_B", LoraFactor.Up),
        (".lora_down", LoraFactor.Down), (".lora_up", LoraFactor.Up),
        (".lora.down", LoraFactor.Down), (".lora.up", LoraFactor.Up),
        (".lokr_w1", LoraFactor.Left), (".lokr_w1_a", LoraFactor.LeftFirst), (".lokr_w1_b", LoraFactor.LeftSecond),
        (".lokr_w2", LoraFactor.Right), (".lokr_w2_a", LoraFactor.RightFirst), (".lokr_w2_b", LoraFactor.RightSecond),
        (".dora_scale", LoraFactor.Magnitude), (".lora_magnitude_vector", LoraFactor.Magnitude),
    ];

    // Key segments; an entry that ends with an underscore is the prefix of a segment.
    private static readonly (string Part, string Method)[] OtherMethods =
    [
        ("magnitude", "DoRA without a known axis"), ("initial_norm", "DoRA of musubi-tuner before its export for ComfyUI"),
        ("lokr_t2", "LoKr for convolutions"), ("hada_", "LoHa"), ("oft_", "OFT"), ("boft_", "OFT"), ("glora_", "GLoRA"),
        ("lora_mid", "LoRA with a core matrix"), ("bias", "LoRA with biases"), ("diff", "full weight differences"),
        ("diff_b", "full weight differences"),
    ];

    /// <summary>Parses a key of an adapter file; null when it is not a key of a low-rank adapter.</summary>
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
            // PEFT may append the adapter's name to the factor's: lora_A.default.weight.
            foreach (var end in new[] { path, WithoutLastPart(path) })
            {
                if (end.EndsWith(name, StringComparison.Ordinal))
                    return scale is null ? Of(end[..^name.Length], factor) : ScaleOf(end[..^name.Length], factor);
            }
        }

        return null;
    }

    /// <summary>Returns the name of the other adaptation method that a key belongs to; null when there is none.</summary>
    public static string? OtherMethodOf(string key) =>
        (from part in key.Split('.')
         from method in OtherMethods
         where part == method.Part || (method.Part.EndsWith('_') && part.StartsWith(method.Part, StringComparison.Ordinal))
         select method.Method).FirstOrDefault();

    /// <summary>Returns the common name of the layer with this weight key in a checkpoint.</summary>
    public static string LayerOf(string weightKey) =>
        LayerNames.Common(weightKey.EndsWith(WeightSuffix, StringComparison.Ordinal) ? weightKey[..^WeightSuffix.Length] : weightKey);

    /// <summary>Returns true when the layer with this common name belongs to the connectors rather than the transformer.</summary>
    public static bool IsOfConnectors(string layer) => LayerNames.IsOfConnectors(layer);

    private static LoraKey? Of(string path, LoraFactor factor) =>
        path.Length == 0 ? null : new LoraKey(LayerNames.Common(path), path, factor);

    /// <summary>Returns the key of a factor's scale; null for factors that are never stored as 8-bit floats.</summary>
    private static LoraKey? ScaleOf(string path, LoraFactor factor) => factor switch
    {
        LoraFactor.Down => Of(path, LoraFactor.DownScale),
        LoraFactor.Up => Of(path, LoraFactor.UpScale),
        _ => null,
    };

    private static string WithoutLastPart(string path) => path.LastIndexOf('.') is > 0 and var end ? path[..end] : path;
}
