using System.Text.Json;

namespace MlxVideo.Shared.Renders;

/// <summary>Names of the tiling modes.</summary>
public static class TilingModes
{
    private static readonly IReadOnlyDictionary<string, TilingMode> ByName = Enum.GetValues<TilingMode>()
        .ToDictionary(mode => JsonNamingPolicy.KebabCaseLower.ConvertName(mode.ToString()), StringComparer.OrdinalIgnoreCase);

    /// <summary>The names, for use in options and cells.</summary>
    public static IReadOnlyList<string> Names { get; } = ByName.Keys.ToList();

    /// <summary>The names, for use in a sentence.</summary>
    public static string List { get; } = $"{string.Join(", ", Names.SkipLast(1))} or {Names[^1]}";

    /// <summary>Parses a name, ignoring case; returns the error in one sentence, or null.</summary>
    public static string? Read(string name, out TilingMode mode) =>
        ByName.TryGetValue(name, out mode) ? null : $"Unknown tiling mode '{name}': use {List}.";
}
