using MlxVideo.Engine.Weights;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Weights from safetensors files, read strictly: requested weights must exist with the requested shape, and
/// <see cref="RequireAllUsed(CheckpointSection)"/> rejects keys that were never requested.
/// </summary>
/// <param name="readData">False to inspect only keys and shapes; the tensors are then on libtorch's meta device.</param>
/// <param name="quantization">
/// Required format of packed weights, from the configuration stored with the files; null to infer it from shapes.
/// </param>
public sealed class CheckpointWeights(WeightFiles files, bool readData = true, QuantizationConfig? quantization = null) : IWeightSource
{
    private const int KeysInMessage = 10;

    private readonly StoredMatrices _matrices = new(files, quantization);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly List<string> _missing = [];
    private readonly List<string> _misshapen = [];
    private readonly List<string> _unusable = [];

    /// <summary>Reads weights from a single file, which remains owned by the caller.</summary>
    public CheckpointWeights(SafetensorsFile file)
        : this(new WeightFiles([file]))
    {
    }

    /// <inheritdoc/>
    public bool Contains(string key) => files.Find(key) is not null;

    /// <inheritdoc/>
    /// <remarks>
    /// Records a missing or misshapen weight and returns zeros instead, which lets the final check report all of them at once.
    /// </remarks>
    public Tensor Read(string key, ReadOnlySpan<long> shape)
    {
        if (Find(key) is not { } stored)
            return StandIn(shape);
        if (StoredMatrices.IsFloat8(stored.Entry.Dtype) && shape.Length != 2)
            return ReadFloat8(stored, key, shape);
        if (StoredMatrices.IsPacked(stored.Entry.Dtype))
            return ReadExpanded(stored, key, shape);
        if (IsInteger(stored.Entry.Dtype))
        {
            _unusable.Add($"{stored.Entry.Name} is {stored.Entry.Dtype}, an unknown quantization");
            return StandIn(shape);
        }

        if (shape.SequenceEqual(stored.Shape.ToArray()))
            return readData ? RequireUndamaged(stored, key, stored.Read()) : StandIn(shape);
        _misshapen.Add($"{stored.Entry.Name} is [{string.Join(", ", stored.Shape)}] instead of [{string.Join(", ", shape.ToArray())}]");
        return StandIn(shape);
    }

    /// <inheritdoc/>
    /// <remarks>Packed weights need additional keys; these count as used, and are recorded when missing or misshapen.</remarks>
    public WeightMatrix ReadMatrix(string key, long rows, long columns)
    {
        if (files.Find(key) is not { Entry.Dtype: var dtype } || !StoredMatrices.IsPacked(dtype))
            return new DenseMatrix(Read(key, [rows, columns]));
        return ReadPacked(Find(key)!, key, rows, columns) ?? new DenseMatrix(StandIn([rows, columns]));
    }

    /// <summary>Throws unless this section of the checkpoint was used exactly; ignores keys of other sections.</summary>
    /// <exception cref="CheckpointException">Lists missing, misshapen and surplus keys.</exception>
    public void RequireAllUsed(CheckpointSection section) => RequireAllUsed(key => !section.Owns(key));

    /// <summary>
    /// Throws unless every requested key was found and every key of the files, except <paramref name="ignored"/> ones, was requested.
    /// </summary>
    /// <exception cref="CheckpointException">
    /// Lists missing, misshapen, unusable and surplus keys: the first ten of each, with counts.
    /// </exception>
    public void RequireAllUsed(Func<string, bool> ignored)
    {
        var surplus = files.Keys.Where(key => !_used.Contains(key) && !ignored(key)).Select(key => files.Find(key)!.Entry.Name)
            .Order(StringComparer.Ordinal).ToList();
        var errors = new[]
        {
            Describe(_missing, "missing"), Describe(_misshapen, "of the wrong shape"), Describe(_unusable, "that can't be expanded"),
            Describe(surplus, "not used by the model"),
        };
        if (errors.All(error => error is null))
            return;
        throw new CheckpointException(
            $"{files.Path} does not hold the weights of this model: {string.Join("; ", errors.OfType<string>())}. Download the checkpoint "
                + "again, or check that it belongs to this model version.");
    }

    /// <summary>Looks up a key and records it as used, or as missing.</summary>
    private StoredWeight? Find(string key)
    {
        var found = files.Find(key);
        if (found is null)
            _missing.Add(key);
        else
            _used.Add(key);
        return found;
    }

    /// <summary>Reads a packed matrix; null when it is unusable, which is recorded, or when only shapes are inspected.</summary>
    private WeightMatrix? ReadPacked(StoredWeight entry, string key, long rows, long columns)
    {
        var stored = _matrices.Read(entry, key, rows, columns, readData);
        _used.UnionWith(stored.Used);
        if (stored.Missing is { } missing)
            _missing.Add(missing);
        if (stored.Fault is { } error)
            _unusable.Add(error);
        return stored.Matrix;
    }

    private static Tensor RequireUndamaged(StoredWeight stored, string key, Tensor values)
    {
        try
        {
            WeightDamage.RequireNone(stored, key, values);
            return values;
        }
        catch
        {
            values.Dispose();
            throw;
        }
    }

    /// <summary>Reads a packed matrix as float32, for modules that need it expanded.</summary>
    private Tensor ReadExpanded(StoredWeight entry, string key, ReadOnlySpan<long> shape)
    {
        if (shape.Length != 2)
        {
            _unusable.Add($"{key} is {entry.Entry.Dtype} [{string.Join(", ", entry.Entry.Shape)}], but only matrices can be packed; "
                + $"[{string.Join(", ", shape.ToArray())}] is required");
            return StandIn(shape);
        }

        using var matrix = ReadPacked(entry, key, shape[0], shape[1]);
        return matrix?.Expand().DetachFromDisposeScope() ?? StandIn(shape);
    }

    /// <summary>Reads norms, biases and kernels of files that were cast to 8-bit floats as a whole.</summary>
    private Tensor ReadFloat8(StoredWeight stored, string key, ReadOnlySpan<long> shape)
    {
        if (shape.SequenceEqual(stored.Shape.ToArray()))
            return readData ? RequireUndamaged(stored, key, stored.ReadNumbers()) : StandIn(shape);
        _misshapen.Add($"{key} is [{string.Join(", ", stored.Shape)}] instead of [{string.Join(", ", shape.ToArray())}]");
        return StandIn(shape);
    }

    private static bool IsInteger(TensorDtype dtype) =>
        dtype is TensorDtype.I8 or TensorDtype.I16 or TensorDtype.I32 or TensorDtype.I64 or TensorDtype.U8 or TensorDtype.U16
            or TensorDtype.BOOL;

    private Tensor StandIn(ReadOnlySpan<long> shape) =>
        zeros(shape.ToArray(), device: readData ? CPU : ShapeOnlyWeights.Device).DetachFromDisposeScope();

    private static string? Describe(IReadOnlyCollection<string> keys, string what) =>
        keys.Count == 0
            ? null
            : $"{keys.Count} {what}: {string.Join(", ", keys.Take(KeysInMessage))}{(keys.Count > KeysInMessage ? ", …" : "")}";
}
