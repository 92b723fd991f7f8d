using System.Text.Json;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// The index of a set of shards, <c>NAME.safetensors.index.json</c>: <c>weight_map</c> tells which file holds each key.
/// </summary>
public static class ShardIndex
{
    /// <summary>How indices are called.</summary>
    public const string Pattern = "*.safetensors.index.json";

    /// <summary>The shards that an index names, each checked to be there and to hold what the index says.</summary>
    /// <param name="path">The index.</param>
    /// <returns>Paths of the shards, by name.</returns>
    /// <exception cref="CheckpointException">The index can't be read, or a shard or key is missing; says which.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var keysOf = WeightMap(path).GroupBy(entry => entry.Shard).OrderBy(group => group.Key, StringComparer.Ordinal).ToList();
        if (keysOf.FirstOrDefault(group => Path.GetFileName(group.Key) != group.Key) is { } outside)
            throw new CheckpointException($"{path} names the shard '{outside.Key}', which is no file beside it; download the model again.");
        var missing = keysOf.Select(group => group.Key).Where(shard => !File.Exists(Path.Combine(folder, shard))).ToList();
        if (missing.Count > 0)
            throw new CheckpointException($"{missing.Count} of {keysOf.Count} shards named by {path} are missing: "
                + $"{string.Join(", ", missing.Take(10))}; download them into the same folder.");
        foreach (var shard in keysOf)
        {
            using var file = SafetensorsFile.Open(Path.Combine(folder, shard.Key));
            var absent = shard.Select(entry => entry.Key).Where(key => !file.Header.Tensors.ContainsKey(key))
                .Order(StringComparer.Ordinal).ToList();
            if (absent.Count > 0)
                throw new CheckpointException($"{path} places {absent.Count} weights in {shard.Key} that are not there: "
                    + $"{string.Join(", ", absent.Take(10))}; download both again.");
        }

        return keysOf.Select(group => Path.Combine(folder, group.Key)).ToList();
    }

    private static List<(string Key, string Shard)> WeightMap(string path)
    {
        var index = ConfigSection.Read(path).Section("weight_map");
        var map = index.Json.EnumerateObject()
            .Select(entry => (entry.Name, Shard: entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "")).ToList();
        return map.Count > 0 && map.All(entry => entry.Shard.Length > 0)
            ? map
            : throw new CheckpointException($"{path}: weight_map must name a file for each of at least one key.");
    }
}
