using System.Globalization;
using System.Text.Json;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Adapters;

/// <summary>An alpha stored as a separate header entry: one for all layers, or a JSON object with one per layer.</summary>
internal sealed class HeaderAlpha(SafetensorsFile file) : IScaleSource
{
    private const string KohyaAlpha = "ss_network_alpha";
    private const string KohyaModule = "ss_network_module";

    private static readonly string[] AlphaKeys = ["lora_alpha", "network_alpha", KohyaAlpha, "alpha", "network_alphas", "networkAlphas"];
    private static readonly string[] RankKeys = ["lora_rank", "network_dim", "ss_network_dim", "rank", "lora_dim", "r"];

    /// <summary>Values that Python tools write for None, and kohya's tools for a rank that varies between layers.</summary>
    private static readonly string[] Nothing = ["", "None", "null", "Dynamic"];

    private readonly IReadOnlyDictionary<string, string> _metadata = file.Header.Metadata;

    /// <inheritdoc/>
    public double? ScaleOf(LoraKey layer, long rank)
    {
        foreach (var key in AlphaKeys.Where(key => Text(key) is not null && !IsMultipliedIn(key, layer)))
        {
            if (AlphaOf(key, layer) is not { } alpha)
                continue;
            LoraScales.RequireRank(file.Path, layer, StatedRank(), rank);
            return alpha / rank;
        }

        return null;
    }

    /// <summary>
    /// Returns true for files of kohya's family with renamed factors. The original files have alpha tensors; musubi-tuner's converter
    /// multiplies those into the factors but leaves the header unchanged.
    /// </summary>
    private bool IsMultipliedIn(string key, LoraKey layer) =>
        key == KohyaAlpha && _metadata.ContainsKey(KohyaModule) && IsNamedByPeft(layer);

    private bool IsNamedByPeft(LoraKey layer) =>
        new[] { "lora_A.weight", "lora_A.default.weight" }.Any(factor => file.Header.Tensors.ContainsKey($"{layer.Path}.{factor}"));

    private double? AlphaOf(string key, LoraKey layer)
    {
        var text = Text(key)!;
        if (!text.StartsWith('{'))
            return Number(key, text);
        var alphas = ConfigSection.Parse($"{file.Path}: {key}", text);
        foreach (var entry in alphas.Json.EnumerateObject())
        {
            var common = LoraKeys.Parse(entry.Name)?.Layer ?? LayerNames.Common(entry.Name);
            if (common == layer.Layer)
                return entry.Value.ValueKind == JsonValueKind.Number
                    ? entry.Value.GetDouble()
                    : throw new CheckpointException($"{alphas.Path}: '{entry.Name}' must be a number.");
        }

        return null;
    }

    private long? StatedRank() =>
        RankKeys.Select(Text).OfType<string>().FirstOrDefault() is { } text
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var rank) ? (long)rank : null;

    private double Number(string key, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : throw new CheckpointException($"{file.Path}: {key} '{text}' in the header is not a finite number.");

    /// <summary>Returns the entry of a key; null when it is missing or has no value.</summary>
    private string? Text(string key) => _metadata.TryGetValue(key, out var text) && !Nothing.Contains(text.Trim()) ? text.Trim() : null;
}
