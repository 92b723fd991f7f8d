using System.Text.Json;
using MlxVideo.Shared.Files;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>A JSON object in a model's configuration; its errors name the location.</summary>
/// <param name="Path">The file and the path to the object, for example <c>model.safetensors: transformer</c>.</param>
public sealed record ConfigSection(string Path, JsonElement Json)
{
    /// <summary>Reads and parses a file.</summary>
    /// <exception cref="CheckpointException">The file is not a JSON object; the message names its actual content if known.</exception>
    public static ConfigSection Read(string path) =>
        ForeignContent.Of(path) is { Kind: not ForeignKind.Json } foreign
            ? throw new CheckpointException($"{path} is {foreign}.")
            : Parse(path, File.ReadAllText(path));

    /// <summary>Parses a complete configuration.</summary>
    /// <exception cref="CheckpointException">The text is not a JSON object.</exception>
    public static ConfigSection Parse(string path, string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new ConfigSection(path, document.RootElement.Clone())
                : throw new CheckpointException($"{path}: the configuration is not a JSON object.");
        }
        catch (JsonException ex)
        {
            throw new CheckpointException($"{path}: the configuration is not valid JSON ({ex.Message}).", ex);
        }
    }

    /// <summary>Returns true when the key has a value other than null.</summary>
    public bool Has(string key) => Json.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Returns a nested object.</summary>
    public ConfigSection Section(string key) =>
        Has(key) && Json.GetProperty(key) is { ValueKind: JsonValueKind.Object } value
            ? new ConfigSection($"{Path}: {key}", value)
            : throw Missing(key, "an object");

    /// <summary>Returns the elements of a list.</summary>
    public IReadOnlyList<JsonElement> List(string key) =>
        Has(key) && Json.GetProperty(key) is { ValueKind: JsonValueKind.Array } value
            ? value.EnumerateArray().ToList()
            : throw Missing(key, "a list");

    /// <summary>Returns a required integer.</summary>
    public long Integer(string key) =>
        Has(key) && Json.GetProperty(key) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value)
            ? value
            : throw Missing(key, "an integer");

    /// <summary>Returns an integer, or <paramref name="absent"/> when there is none.</summary>
    public long Integer(string key, long absent) => Has(key) ? Integer(key) : absent;

    /// <summary>Returns a number, or <paramref name="absent"/> when there is none.</summary>
    public double Number(string key, double absent) =>
        !Has(key) ? absent : Json.GetProperty(key) is { ValueKind: JsonValueKind.Number } value
            ? value.GetDouble()
            : throw Missing(key, "a number");

    /// <summary>Returns a list of numbers, or <paramref name="absent"/> when there is none.</summary>
    public IReadOnlyList<double> Numbers(string key, IReadOnlyList<double> absent) =>
        Has(key) ? List(key)
            .Select(item => item.ValueKind == JsonValueKind.Number ? item.GetDouble() : throw Missing(key, "a list of numbers"))
            .ToList() : absent;

    /// <summary>Returns a Boolean, or <paramref name="absent"/> when there is none.</summary>
    public bool Boolean(string key, bool absent) =>
        !Has(key) ? absent : Json.GetProperty(key) is { ValueKind: JsonValueKind.True or JsonValueKind.False } value
            ? value.GetBoolean()
            : throw Missing(key, "true or false");

    /// <summary>Returns a string, or <paramref name="absent"/> when there is none.</summary>
    public string Text(string key, string absent) =>
        !Has(key) ? absent : Json.GetProperty(key) is { ValueKind: JsonValueKind.String } value
            ? value.GetString()!
            : throw Missing(key, "a string");

    /// <summary>Rejects unsupported variants.</summary>
    public void RequireOneOf(string key, string absent, params IReadOnlyList<string> supported)
    {
        var value = Text(key, absent);
        if (!supported.Contains(value))
            throw new CheckpointException($"{Path}: {key} '{value}' is not supported; it must be {string.Join(" or ", supported)}.");
    }

    private CheckpointException Missing(string key, string kind) => new($"{Path}: {key} must be {kind}. Is this an LTX-2 checkpoint?");
}
