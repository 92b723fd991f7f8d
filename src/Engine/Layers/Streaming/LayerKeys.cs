using System.Globalization;

namespace MlxVideo.Engine.Layers.Streaming;

/// <summary>Checkpoint keys of a list of layers: <c>prefix.N.…</c>.</summary>
/// <param name="Prefix">Key of the list, for example <c>model.diffusion_model.transformer_blocks</c>.</param>
public sealed record LayerKeys(string Prefix)
{
    /// <summary>Returns the key prefix of a layer.</summary>
    public string KeyOf(int index) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}.{index}");

    /// <summary>Returns the index of the layer that a checkpoint key belongs to; null when it belongs to none.</summary>
    public int? IndexOf(string key)
    {
        var start = Prefix.Length + 1;
        return key.Length > start && key[Prefix.Length] == '.' && key.StartsWith(Prefix, StringComparison.Ordinal)
            && int.TryParse(
                key.AsSpan(start, Math.Max(0, key.IndexOf('.', start) - start)), NumberStyles.None, CultureInfo.InvariantCulture,
                out var index)
            ? index
            : null;
    }
}
