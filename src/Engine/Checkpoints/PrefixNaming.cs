namespace MlxVideo.Engine.Checkpoints;

/// <summary>Released names, possibly without the component's prefix (docs/reference/vae.md, section 10).</summary>
/// <param name="prefix">Prefix to add to each key.</param>
/// <param name="exceptions">Prefixes of keys that remain unchanged.</param>
internal sealed class PrefixNaming(string prefix, IReadOnlyList<string>? exceptions = null) : KeyNaming
{
    /// <inheritdoc/>
    public override ReleasedTensor Place(string key, int rank) =>
        new(exceptions?.Any(exception => key.StartsWith(exception, StringComparison.Ordinal)) == true ? key : prefix + key);
}
