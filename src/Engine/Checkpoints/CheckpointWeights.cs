using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Weights from one safetensors file, strictly: what modules ask for must be there with that shape, and
/// <see cref="RequireAllUsed"/> refuses keys that nobody asked for.
/// </summary>
public sealed class CheckpointWeights(SafetensorsFile file) : IWeightSource
{
    private const int KeysInMessage = 10;

    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly List<string> _missing = [];

    /// <inheritdoc/>
    public bool Contains(string key) => file.Header.Tensors.ContainsKey(key);

    /// <inheritdoc/>
    public Tensor Read(string key, ReadOnlySpan<long> shape)
    {
        if (!file.Header.Tensors.TryGetValue(key, out var entry))
        {
            // Go on with an empty stand-in, so that the final message can list all that is missing.
            _missing.Add(key);
            return zeros(shape.ToArray()).DetachFromDisposeScope();
        }

        if (!shape.SequenceEqual(entry.Shape.ToArray()))
            throw new CheckpointException($"{file.Path}: '{key}' has shape [{string.Join(", ", entry.Shape)}] where the configuration asks for [{string.Join(", ", shape.ToArray())}]. Is this the checkpoint that the configuration belongs to?");
        _used.Add(key);
        return SafetensorsTensors.Read(file, entry);
    }

    /// <summary>Throws unless every key asked for was found and every key of the file, save those <paramref name="ignored"/>, was asked for.</summary>
    /// <exception cref="CheckpointException">Lists missing and surplus keys (the first ten of each, and their counts).</exception>
    public void RequireAllUsed(Func<string, bool> ignored)
    {
        var surplus = file.Header.Tensors.Keys.Where(key => !_used.Contains(key) && !ignored(key)).Order(StringComparer.Ordinal).ToList();
        if (_missing.Count == 0 && surplus.Count == 0)
            return;
        var parts = new List<string>();
        if (_missing.Count > 0)
            parts.Add($"{_missing.Count} missing: {Shorten(_missing)}");
        if (surplus.Count > 0)
            parts.Add($"{surplus.Count} that the model does not use: {Shorten(surplus)}");
        throw new CheckpointException($"{file.Path} does not hold the weights of this model: {string.Join("; ", parts)}. Download the checkpoint again, or check that it belongs to this model version.");
    }

    private static string Shorten(IReadOnlyCollection<string> keys) =>
        string.Join(", ", keys.Take(KeysInMessage)) + (keys.Count > KeysInMessage ? ", …" : "");
}
