using System.Globalization;

namespace MlxVideo.Engine.Adapters;

/// <summary>One-line descriptions of adapters for the user.</summary>
public static class LoraSummary
{
    /// <summary>Describes an adapter file: <c>style.safetensors: 960 layers, rank 32, strength 0.8</c>.</summary>
    /// <exception cref="Checkpoints.CheckpointException">The file is not a supported adapter.</exception>
    public static string Of(AdapterFile file)
    {
        using var adapter = LoraAdapter.Open(file.Path);
        var layers = adapter.Layers;
        var parts = new[] { $"{layers.Count} {(layers.Count == 1 ? "layer" : "layers")}", MethodOf(layers), RankOf(layers) };
        var strength = file.Strength.ToString(CultureInfo.InvariantCulture);
        return $"{Path.GetFileName(file.Path)}: {string.Join(", ", parts.OfType<string>())}, strength {strength}";
    }

    /// <summary>Returns the adapter's method; null for a plain LoRA.</summary>
    private static string? MethodOf(IReadOnlyList<LoraLayer> layers)
    {
        var isKronecker = layers.Any(layer => layer.Update is KroneckerUpdate);
        return layers.Any(layer => layer.Magnitude is not null)
            ? isKronecker ? "LoKr with DoRA" : "DoRA"
            : isKronecker ? "LoKr" : null;
    }

    private static string? RankOf(IReadOnlyList<LoraLayer> layers)
    {
        var ranks = layers.Select(layer => layer.Update.Rank).OfType<long>().ToList();
        return ranks.Count == 0 ? null
            : ranks.Min() == ranks.Max() ? $"rank {ranks[0]}"
            : $"ranks {ranks.Min()} to {ranks.Max()}";
    }
}
