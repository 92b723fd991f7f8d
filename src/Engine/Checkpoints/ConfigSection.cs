using System.Text.Json;
using MlxVideo.Shared.Files;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>A JSON object of a model's configuration, read with errors that say where.</summary>
/// <param name="Path">The file and the way to the object: <c>model.safetensors: transformer</c>.</param>
/// <param name="Json">The object.</param>
public sealed record ConfigSection(string Path, JsonElement Json)
{
    /// <summary>Reads and parses a file.</summary>
    /// <exception cref="CheckpointException">It is not a JSON object; names what it is instead where that is known.</exception>
    public static ConfigSection Read(string path) =>
        ForeignContent.Of(path) is { Kind: not ForeignKind.Json } foreign
            ? throw new CheckpointException($"{path} is {foreign}.")
            : Parse(path, File.ReadAllText(path));

    /// <summary>Parses a whole configuration.</summary>
    /// <exception cref="CheckpointException">It is not a JSON object.</exception>
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

    /// <summary>True when there is a value that is not null.</summary>
    public bool Has(string key) => Json.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>An object inside this one.</summary>
    public ConfigSection Section(string key) =>
        Has(key) && Json.GetProperty(key) is { ValueKind: JsonValueKind.Object } value
            ? new ConfigSection($"{Path}: {key}", value)
            : throw Missing(key, "an object");

    /// <summary>The elements of a list.</summary>
    public IReadOnlyList<JsonElement> List(string key) =>
        Has(key) && Json.GetProperty(key) is { ValueKind: JsonValueKind.Array } value
            ? value.EnumerateArray().ToList()
            : throw Missing(key, "a list");

    /// <summary>A required whole number.</summary>
    public long Integer(string key) =>
        Has(key) && Json.GetProperty(key) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value)
            ? value
            : throw Missing(key, "a whole number");

    /// <summary>A whole number with a default.</summary>
    public long Integer(string key, long absent) => Has(key) ? Integer(key) : absent;

    /// <summary>A number with a default.</summary>
    public double Number(string key, double absent) =>
        !Has(key) ? absent : Json.GetProperty(key) is { ValueKind: JsonValueKind.Number } value
            ? value.GetDouble()
            : throw Missing(key, "a number");

    /// <summary>Numbers with a default.</summary>
    public IReadOnlyList<double> Numbers(string key, IReadOnlyList<double> absent) =>
        Has(key) ? List(key)
            .Select(item => item.ValueKind == JsonValueKind.Number ? item.GetDouble() : throw Missing(key, "a list of numbers"))
            .ToList() : absent;

    /// <summary>True or false with a default.</summary>
    public bool Boolean(string key, bool absent) =>
        !Has(key) ? absent : Json.GetProperty(key) is { ValueKind: JsonValueKind.True or JsonValueKind.False } value
            ? value.GetBoolean()
            : throw Missing(key, "true or false");

    /// <summary>A text with a default.</summary>
    public string Text(string key, string absent) =>
        !Has(key) ? absent : Json.GetProperty(key) is { ValueKind: JsonValueKind.String } value
            ? value.GetString()!
            : throw Missing(key, "a text");

    /// <summary>Refuses a variant that is not built.</summary>
    public void RequireOneOf(string key, string absent, params IReadOnlyList<string> supported)
    {
        var value = Text(key, absent);
        if (!supported.Contains(value))
            throw new CheckpointException($"{Path}: {key} '{value}' is not supported; it must be {string.Join(" or ", supported)}.");
    }

    private CheckpointException Missing(string key, string kind) => new($"{Path}: {key} must be {kind}. Is this an LTX-2 checkpoint?");
}
