using static TorchSharp.torch;

namespace MlxVideo.Engine.Text.Gemma;

/// <summary>A layer's keys and values of the tokens read so far; a sliding layer keeps only its window.</summary>
/// <param name="window">Number of keys visible to a query, including its own; null for all.</param>
internal sealed class KeyValueCache(long? window) : IDisposable
{
    private Tensor? _keys;
    private Tensor? _values;

    /// <summary>Number of keys kept from earlier tokens.</summary>
    public long Count => _keys?.shape[2] ?? 0;

    /// <summary>Appends the keys and values of new tokens, each (B, heads, S, head_dim), and returns old and new ones.</summary>
    public (Tensor Keys, Tensor Values) Append(Tensor keys, Tensor values)
    {
        var joined = (Keys: Join(_keys, keys), Values: Join(_values, values));
        Dispose();
        (_keys, _values) = (Tail(joined.Keys), Tail(joined.Values));
        return joined;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys?.Dispose();
        _values?.Dispose();
    }

    private static Tensor Join(Tensor? kept, Tensor added) => kept is null ? added : cat([kept, added], 2);

    /// <summary>Copies the tail, because the joined tensor belongs to the caller's scope.</summary>
    private Tensor Tail(Tensor joined)
    {
        var count = Math.Min(joined.shape[2], window - 1 ?? long.MaxValue);
        using var tail = joined.narrow(2, joined.shape[2] - count, count);
        return tail.clone().DetachFromDisposeScope();
    }
}
