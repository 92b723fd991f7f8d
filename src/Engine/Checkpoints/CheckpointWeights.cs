using MlxVideo.Engine.Weights;
using MlxVideo.Shared.Safetensors;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>
/// Weights from safetensors files, strictly: what modules ask for must be there with that shape, and
/// <see cref="RequireAllUsed(CheckpointSection)"/> refuses keys that nobody asked for.
/// </summary>
/// <param name="files">The files.</param>
/// <param name="readData">False to look at keys and shapes only: the tensors then live on libtorch's meta device.</param>
/// <param name="quantization">
/// What packed weights must be like, from the configuration beside the files; null to take what their shapes say.
/// </param>
public sealed class CheckpointWeights(WeightFiles files, bool readData = true, QuantizationConfig? quantization = null) : IWeightSource
{
    private const int KeysInMessage = 10;

    private readonly StoredMatrices _matrices = new(files, quantization);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly List<string> _missing = [];
    private readonly List<string> _misshapen = [];
    private readonly List<string> _unusable = [];

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
        if (Find(key) is not { } stored)
            return StandIn(shape);
        if (StoredMatrices.IsFloat8(stored.Entry.Dtype) && shape.Length != 2)
            return ReadFloat8(stored, key, shape);
        if (StoredMatrices.IsPacked(stored.Entry.Dtype))
            return ReadExpanded(stored, key, shape);
        if (IsInteger(stored.Entry.Dtype))
        {
            _unusable.Add($"{stored.Entry.Name} is {stored.Entry.Dtype}, a quantisation that is not known");
            return StandIn(shape);
        }

        if (shape.SequenceEqual(stored.Shape.ToArray()))
            return readData ? RequireUndamaged(stored, key, stored.Read()) : StandIn(shape);
        _misshapen.Add($"{stored.Entry.Name} is [{string.Join(", ", stored.Shape)}] instead of [{string.Join(", ", shape.ToArray())}]");
        return StandIn(shape);
    }

    /// <inheritdoc/>
    /// <remarks>Packed weights need more keys than their own; these count as used, and are noted when missing or misshapen.</remarks>
    public WeightMatrix ReadMatrix(string key, long rows, long columns)
    {
        if (files.Find(key) is not { Entry.Dtype: var dtype } || !StoredMatrices.IsPacked(dtype))
            return new DenseMatrix(Read(key, [rows, columns]));
        return ReadPacked(Find(key)!, key, rows, columns) ?? new DenseMatrix(StandIn([rows, columns]));
    }

    /// <summary>Throws unless this part of the checkpoint was used up exactly; keys of other parts are not looked at.</summary>
    /// <exception cref="CheckpointException">Lists what is missing, misshapen and surplus.</exception>
    public void RequireAllUsed(CheckpointSection section) => RequireAllUsed(key => !section.Owns(key));

    /// <summary>
    /// Throws unless every key asked for was found and every key of the files, save those <paramref name="ignored"/>, was asked for.
    /// </summary>
    /// <exception cref="CheckpointException">
    /// Lists missing, misshapen, unusable and surplus keys (the first ten of each, and their counts).
    /// </exception>
    public void RequireAllUsed(Func<string, bool> ignored)
    {
        var surplus = files.Keys.Where(key => !_used.Contains(key) && !ignored(key)).Select(key => files.Find(key)!.Entry.Name)
            .Order(StringComparer.Ordinal).ToList();
        var faults = new[]
        {
            Describe(_missing, "missing"), Describe(_misshapen, "of the wrong shape"), Describe(_unusable, "that can't be expanded"),
            Describe(surplus, "that the model does not use"),
        };
        if (faults.All(fault => fault is null))
            return;
        throw new CheckpointException(
            $"{files.Path} does not hold the weights of this model: {string.Join("; ", faults.OfType<string>())}. Download the checkpoint "
                + "again, or check that it belongs to this model version.");
    }

    /// <summary>The entry of a key, which is used from now on, or missing.</summary>
    private StoredWeight? Find(string key)
    {
        var found = files.Find(key);
        if (found is null)
            _missing.Add(key);
        else
            _used.Add(key);
        return found;
    }

    /// <summary>Null when something is wrong, which is noted, or only shapes are looked at.</summary>
    private WeightMatrix? ReadPacked(StoredWeight entry, string key, long rows, long columns)
    {
        var stored = _matrices.Read(entry, key, rows, columns, readData);
        _used.UnionWith(stored.Used);
        if (stored.Missing is { } missing)
            _missing.Add(missing);
        if (stored.Fault is { } fault)
            _unusable.Add(fault);
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

    /// <summary>A packed matrix as float32, for parts that need it whole.</summary>
    private Tensor ReadExpanded(StoredWeight entry, string key, ReadOnlySpan<long> shape)
    {
        if (shape.Length != 2)
        {
            _unusable.Add($"{key} is {entry.Entry.Dtype} [{string.Join(", ", entry.Entry.Shape)}], and only matrices can be packed; "
                + $"[{string.Join(", ", shape.ToArray())}] is needed");
            return StandIn(shape);
        }

        using var matrix = ReadPacked(entry, key, shape[0], shape[1]);
        return matrix?.Expand().DetachFromDisposeScope() ?? StandIn(shape);
    }

    /// <summary>Norms, biases and kernels of files that were cast to 8-bit floats as a whole.</summary>
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
