using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MlxVideo.Shared.Diagnostics;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Manifests;

/// <summary>
/// The record of how a clip was rendered, from which <c>generate --from</c> renders it again. It is stored in the clip's container and
/// beside it. In the container it names neither times nor paths: equal requests have equal manifests.
/// </summary>
/// <param name="Origin">Model and arithmetic.</param>
/// <param name="Settings">The clip's settings, with the digests of its images.</param>
public sealed record ClipManifest(ClipOrigin Origin, RenderSettings Settings)
{
    /// <summary>Value of <see cref="Format"/> in this version.</summary>
    public const string CurrentFormat = "mlx-video-clip/1";

    private static readonly JsonSerializerOptions Compact = Create(indented: false);
    private static readonly JsonSerializerOptions Indented = Create(indented: true);

    /// <summary>Distinguishes manifests from other JSON.</summary>
    [JsonPropertyOrder(-2)]
    public string Format { get; init; } = CurrentFormat;

    /// <summary>Version of the program that wrote the clip.</summary>
    [JsonPropertyOrder(-1)]
    public string Version { get; init; } = BuildVersion.Current;

    /// <summary>
    /// The prompt as the language model rewrote it; null for a clip without enhancement. Rendering again repeats the enhancement.
    /// </summary>
    public string? EnhancedPrompt { get; init; }

    /// <summary>
    /// Absolute paths of the files that the clip was rendered from, by their digests, where they are known; not in the container.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Files { get; init; }

    /// <summary>Parses a manifest.</summary>
    /// <exception cref="JsonException">The text is not a manifest of a known format.</exception>
    public static ClipManifest Parse(string json)
    {
        var manifest = JsonSerializer.Deserialize<ClipManifest>(json, Compact);
        return manifest is { Format: CurrentFormat }
            ? manifest
            : throw new JsonException($"The format is not {CurrentFormat}.");
    }

    /// <summary>Returns the manifest in one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Compact);

    /// <summary>Returns the content of a manifest file.</summary>
    public string ToFile() => JsonSerializer.Serialize(this, Indented) + "\n";

    private static JsonSerializerOptions Create(bool indented) => new(FarmJson.Options)
    {
        WriteIndented = indented,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // keeps prompts readable
    };
}
