namespace MlxVideo.Engine.Checkpoints;

/// <summary>Released names, perhaps without the component's prefix (docs/reference/vae.md, section 10).</summary>
/// <param name="prefix">What to put before each key.</param>
/// <param name="exceptions">Beginnings of keys that stand as they are.</param>
internal sealed class PrefixNaming(string prefix, IReadOnlyList<string>? exceptions = null) : KeyNaming
{
    /// <inheritdoc/>
    public override ReleasedTensor Place(string key, int rank) =>
        new(exceptions?.Any(exception => key.StartsWith(exception, StringComparison.Ordinal)) == true ? key : prefix + key);
}
