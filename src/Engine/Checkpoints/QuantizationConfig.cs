using System.Text.Json;
using MlxVideo.Engine.Weights;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Quantization of packed layers as configured in an MLX repository: <c>quantization</c> (or <c>quantization_config</c>) with
/// <c>group_size</c>, <c>bits</c>, <c>mode</c> and settings of individual modules by path (docs/reference/text.md, section 5). The
/// files determine which layers are packed; the configuration serves to validate their format.
/// </summary>
public sealed class QuantizationConfig
{
    // The text model's wrapper, an optional prefix of module paths.
    private const string Wrapper = "language_model.";

    private readonly AffineFormat _everywhere;
    private readonly IReadOnlyDictionary<string, AffineFormat> _ofModules;

    private QuantizationConfig(AffineFormat everywhere, IReadOnlyDictionary<string, AffineFormat> ofModules) =>
        (_everywhere, _ofModules) = (everywhere, ofModules);

    /// <summary>Parses the quantization in a model's <c>config.json</c>; null when there is none of MLX's.</summary>
    /// <exception cref="CheckpointException">The mode or format is not supported.</exception>
    public static QuantizationConfig? Find(ConfigSection config)
    {
        foreach (var name in new[] { "quantization", "quantization_config" })
        {
            if (config.Has(name) && config.Section(name) is var section && section.Has("group_size") && section.Has("bits"))
                return Parse(section);
        }

        return null;
    }

    /// <summary>Parses an object with <c>group_size</c> and <c>bits</c>, such as a transformer's <c>quantization.json</c>.</summary>
    /// <exception cref="CheckpointException">The mode or format is not supported.</exception>
    public static QuantizationConfig Parse(ConfigSection section)
    {
        var ofModules = new Dictionary<string, AffineFormat>(StringComparer.Ordinal);
        foreach (var property in section.Json.EnumerateObject().Where(property => property.Value.ValueKind == JsonValueKind.Object))
            ofModules[Unwrap(property.Name)] = Format(section.Section(property.Name));
        return new QuantizationConfig(Format(section), ofModules);
    }

    /// <summary>Returns the format that a module has if it is packed.</summary>
    /// <param name="module">The module's path, with or without the text model's wrapper.</param>
    public AffineFormat FormatOf(string module) => _ofModules.GetValueOrDefault(Unwrap(module), _everywhere);

    private static AffineFormat Format(ConfigSection section)
    {
        section.RequireOneOf("mode", "affine", ["affine"]);
        var (bits, group) = (section.Integer("bits"), section.Integer("group_size"));
        return AffineFormat.IsPossible(bits, group)
            ? new AffineFormat((int)bits, (int)group)
            : throw new CheckpointException(
                $"{section.Path}: {bits} bits in groups of {group} is not supported; {AffineFormat.Possibilities}.");
    }

    private static string Unwrap(string module) => module.StartsWith(Wrapper, StringComparison.Ordinal) ? module[Wrapper.Length..] : module;
}
