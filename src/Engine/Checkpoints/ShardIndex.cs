using System.Text.Json;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>The index of a set of shards, <c>NAME.safetensors.index.json</c>: <c>weight_map</c> maps each key to its file.</summary>
public static class ShardIndex
{
    /// <summary>File name pattern of index files.</summary>
    public const string Pattern = "*.safetensors.index.json";

    /// <summary>Returns the shards named by an index after checking that each exists and holds the listed keys.</summary>
    /// <returns>Paths of the shards, sorted by name.</returns>
    /// <exception cref="CheckpointException">The index can't be read, or a shard or key is missing; the message says which.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var keysOf = WeightMap(path).GroupBy(entry => entry.Shard).OrderBy(group => group.Key, StringComparer.Ordinal).ToList();
        if (keysOf.FirstOrDefault(group => Path.GetFileName(group.Key) != group.Key) is { } outside)
            throw new CheckpointException(
                $"{path} names the shard '{outside.Key}', which is not a file in the same folder; download the model again.");
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
                throw new CheckpointException($"{path} lists {absent.Count} weights that {shard.Key} does not contain: "
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
            : throw new CheckpointException($"{path}: weight_map must contain at least one key and name a file for each.");
    }
}
