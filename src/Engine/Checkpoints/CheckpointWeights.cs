using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Weights from safetensors files, strictly: what modules ask for must be there with that shape, and
/// <see cref="RequireAllUsed(CheckpointPart)"/> refuses keys that nobody asked for.
/// </summary>
/// <param name="files">The files.</param>
/// <param name="readData">False to look at keys and shapes only: the tensors then live on libtorch's meta device.</param>
public sealed class CheckpointWeights(WeightFiles files, bool readData = true) : IWeightSource
{
    private const int KeysInMessage = 10;

    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly List<string> _missing = [];
    private readonly List<string> _misshapen = [];

    /// <summary>Weights from a single file, which stays the caller's.</summary>
    public CheckpointWeights(SafetensorsFile file)
        : this(new WeightFiles([file]))
    {
    }

    /// <inheritdoc/>
    public bool Contains(string key) => files.Find(key) is not null;

    /// <inheritdoc/>
    /// <remarks>
    /// A missing or misshapen weight is noted and replaced by zeros, so that the message of the final check can list all
    /// of them.
    /// </remarks>
    public Tensor Read(string key, ReadOnlySpan<long> shape)
    {
        if (files.Find(key) is not var (file, entry))
        {
            _missing.Add(key);
            return StandIn(shape);
        }

        _used.Add(key);
        if (!shape.SequenceEqual(entry.Shape.ToArray()))
        {
            _misshapen.Add($"{key} is [{string.Join(", ", entry.Shape)}] instead of [{string.Join(", ", shape.ToArray())}]");
            return StandIn(shape);
        }

        return readData ? SafetensorsTensors.Read(file, entry) : StandIn(shape);
    }

    /// <summary>Throws unless this part of the checkpoint was used up exactly; keys of other parts are not looked at.</summary>
    /// <exception cref="CheckpointException">Lists what is missing, misshapen and surplus.</exception>
    public void RequireAllUsed(CheckpointPart part) => RequireAllUsed(key => !part.Owns(key));

    /// <summary>Throws unless every key asked for was found and every key of the files, save those <paramref name="ignored"/>, was asked for.</summary>
    /// <exception cref="CheckpointException">Lists missing, misshapen and surplus keys (the first ten of each, and their counts).</exception>
    public void RequireAllUsed(Func<string, bool> ignored)
    {
        var surplus = files.Keys.Where(key => !_used.Contains(key) && !ignored(key)).Order(StringComparer.Ordinal).ToList();
        var faults = new[] { Describe(_missing, "missing"), Describe(_misshapen, "of the wrong shape"), Describe(surplus, "that the model does not use") };
        if (_missing.Count + _misshapen.Count + surplus.Count == 0)
            return;
        throw new CheckpointException(
            $"{files.Path} does not hold the weights of this model: {string.Join("; ", faults.OfType<string>())}. Download the checkpoint again, or check that it belongs to this model version.");
    }

    private Tensor StandIn(ReadOnlySpan<long> shape) =>
        zeros(shape.ToArray(), device: readData ? CPU : ShapeOnlyWeights.Device).DetachFromDisposeScope();

    private static string? Describe(IReadOnlyCollection<string> keys, string what) =>
        keys.Count == 0 ? null : $"{keys.Count} {what}: {string.Join(", ", keys.Take(KeysInMessage))}{(keys.Count > KeysInMessage ? ", …" : "")}";
}
