using System.Text.Json;
using System.Text.RegularExpressions;

namespace MlxVideo.Coordinator.Tests.Metrics;

/// <summary>The names of metrics in deploy/grafana/mlx-video.json and in docs/observability.md.</summary>
internal static partial class GrafanaDashboard
{
    private static readonly string[] Suffixes = ["_bucket", "_sum", "_count"];

    /// <summary>Returns the metrics that the dashboard's queries use, without the suffixes of a histogram's series.</summary>
    public static IReadOnlyList<string> Metrics()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Metrics", "mlx-video.json")));
        return Queries(dashboard.RootElement).SelectMany(NamesIn).Distinct().ToList();
    }

    /// <summary>Returns the metrics that the document describes.</summary>
    public static IReadOnlyList<string> Documented() =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Metrics", "observability.md"))
            .Select(line => TableRow().Match(line)).Where(row => row.Success).Select(row => row.Groups[1].Value).ToList();

    private static IEnumerable<string> Queries(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property =>
            property is { Name: "expr", Value.ValueKind: JsonValueKind.String } ? [property.Value.GetString()!] : Queries(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Queries),
        _ => [],
    };

    /// <summary>Returns the identifiers of a PromQL expression that are neither functions, labels nor keywords.</summary>
    private static IEnumerable<string> NamesIn(string query) =>
        Identifier().Matches(NotMetrics().Replace(query, " ")).Select(match => match.Value)
            .Where(name => name is not ("and" or "or" or "unless" or "bool"))
            .Select(name => Suffixes.FirstOrDefault(suffix => name.EndsWith(suffix, StringComparison.Ordinal)) is { } suffix
                ? name[..^suffix.Length]
                : name);

    /// <summary>Label selectors, ranges, groupings with their labels, and function names.</summary>
    [GeneratedRegex(
        @"\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)|\b\w+(?=\s*\(|\s+(?:by|without)\b)")]
    private static partial Regex NotMetrics();

    [GeneratedRegex(@"[a-zA-Z_:][\w:]*")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"^\| `(mlxvideo_\w+)` \|")]
    private static partial Regex TableRow();
}
