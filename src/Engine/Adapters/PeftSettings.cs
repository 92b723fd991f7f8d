using System.Text.Json;
using System.Text.RegularExpressions;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Shared.Files;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Adapters;

/// <summary>
/// PEFT settings of an adapter: <c>lora_alpha</c> and <c>r</c>, overridden for individual layers by <c>alpha_pattern</c> and
/// <c>rank_pattern</c>. With <c>use_rslora</c>, alpha is divided by the square root of the rank.
/// </summary>
internal sealed class PeftSettings : IScaleSource
{
    private const string AlphaField = "lora_alpha";
    private const string Connectors = "connectors";

    /// <summary>Header entries that hold these settings as JSON, written by diffusers and by trainers built on PEFT.</summary>
    private static readonly string[] HeaderKeys = ["lora_adapter_metadata", "lora_config", "adapter_config"];

    /// <summary>diffusers stores the settings of several components in one object, for example <c>transformer.lora_alpha</c>.</summary>
    private static readonly string[] Components = ["transformer", Connectors];

    private readonly ConfigSection _settings;
    private readonly string _prefix;

    private PeftSettings(ConfigSection settings, string prefix) => (_settings, _prefix) = (settings, prefix);

    /// <summary>True for a DoRA.</summary>
    public bool UsesDora => _settings.Boolean(_prefix + "use_dora", false);

    /// <summary>Reads the settings from a file's header.</summary>
    public static IEnumerable<PeftSettings> InHeader(SafetensorsFile file)
    {
        foreach (var key in HeaderKeys)
        {
            if (!file.Header.Metadata.TryGetValue(key, out var json))
                continue;
            var settings = ConfigSection.Parse($"{file.Path}: {key}", json);
            foreach (
                var prefix in Components.Select(component => component + ".").Append("").Where(prefix => settings.Has(prefix + AlphaField)))
                yield return new PeftSettings(settings, prefix);
        }
    }

    /// <summary>
    /// Reads the settings from <c>adapter_config.json</c> in the file's folder; null when there are none or when they may belong to
    /// another file. PEFT names its weights <c>adapter_model</c>; under any other name, the file must be the folder's only safetensors
    /// file.
    /// </summary>
    public static PeftSettings? InFolderOf(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var config = Path.Combine(folder, "adapter_config.json");
        if (!File.Exists(config))
            return null;
        var belongs = Path.GetFileName(path).StartsWith("adapter_model", StringComparison.Ordinal)
            || FolderFiles.Enumerate(folder, "*.safetensors").Count == 1;
        return belongs && ConfigSection.Read(config) is var settings && settings.Has(AlphaField) ? new PeftSettings(settings, "") : null;
    }

    /// <inheritdoc/>
    public double? ScaleOf(LoraKey layer, long rank)
    {
        if (_prefix.Length > 0 && LoraKeys.IsOfConnectors(layer.Layer) != (_prefix == Connectors + "."))
            return null;
        var alpha = InPattern("alpha_pattern", layer) ?? _settings.Number(_prefix + AlphaField, 0);
        var stated = InPattern("rank_pattern", layer) ?? (_settings.Has(_prefix + "r") ? _settings.Integer(_prefix + "r") : null);
        LoraScales.RequireRank(_settings.Path, layer, (long?)stated, rank);
        return alpha / (_settings.Boolean(_prefix + "use_rslora", false) ? Math.Sqrt(rank) : rank);
    }

    /// <summary>
    /// Returns the number for the first pattern that matches a layer's path or a dot-separated suffix of it; null when none matches.
    /// </summary>
    private double? InPattern(string field, LoraKey layer)
    {
        if (!_settings.Has(_prefix + field))
            return null;
        var patterns = _settings.Section(_prefix + field);
        var spellings = LayerNames.Spellings(layer.Path);
        foreach (var pattern in patterns.Json.EnumerateObject())
        {
            if (!spellings.Any(spelling => Fits(pattern.Name, spelling)) && LayerNames.Common(pattern.Name) != layer.Layer)
                continue;
            return pattern.Value.ValueKind == JsonValueKind.Number
                ? pattern.Value.GetDouble()
                : throw new CheckpointException($"{patterns.Path}: '{pattern.Name}' must be a number.");
        }

        return null;

        bool Fits(string pattern, string path)
        {
            try
            {
                return Regex.IsMatch(path, $@"^(?:.*\.)?(?:{pattern})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            }
            catch (Exception ex) when (ex is ArgumentException or NotSupportedException)
            {
                throw new CheckpointException($"{patterns.Path}: '{pattern}' is not a supported pattern ({ex.Message}).", ex);
            }
        }
    }
}
