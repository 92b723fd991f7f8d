using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Adapters;

/// <summary>
/// Weights from another source with adapters applied: W + Σ strength · update, computed in float32 and rounded once to the dtype in
/// which the weight is used (docs/reference/pipelines.md, fact 13).
/// </summary>
/// <param name="adapters">Adapters and their strengths. The caller keeps ownership and must keep them open while weights are read.</param>
/// <param name="placement">Whether to merge adapters into dense weights.</param>
public sealed class LoraWeights(
    IWeightSource inner, IReadOnlyList<AdapterStrength> adapters, LoraPlacement placement = LoraPlacement.Merged) : IWeightSource
{
    private const int LayersInMessage = 10;

    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public bool Contains(string key) => inner.Contains(key);

    /// <inheritdoc/>
    public Tensor Read(string key, ReadOnlySpan<long> shape)
    {
        var layers = shape.Length == 2 ? LayersOf(key, shape[0], shape[1]) : [];
        var weight = inner.Read(key, shape);
        return layers.Count == 0 || weight.device_type == DeviceType.META ? weight : Merge(weight, layers);
    }

    /// <inheritdoc/>
    public WeightMatrix ReadMatrix(string key, long rows, long columns)
    {
        var layers = LayersOf(key, rows, columns);
        var matrix = inner.ReadMatrix(key, rows, columns);
        if (layers.Count == 0 || matrix is DenseMatrix { Weight.device_type: DeviceType.META })
            return matrix;
        var dora = layers.Where(item => item.Layer.Magnitude is not null).Select(item => item.Adapter).FirstOrDefault();
        if (matrix is DenseMatrix dense && (dora is not null || placement == LoraPlacement.Merged))
            return new DenseMatrix(Merge(dense.Weight, layers));
        if (dora is null)
            return Beside(matrix, layers);
        matrix.Dispose();
        throw UnsuitableForDora(dora.Path);
    }

    /// <summary>
    /// Throws unless the model has every layer of each adapter that must not be partial, and each of these layers has both factors.
    /// </summary>
    /// <param name="owns">
    /// Predicate over the adapter's layers (<see cref="LoraKeys"/>): true for layers that this component of the model should have. Null
    /// for all layers.
    /// </param>
    /// <exception cref="CheckpointException">Lists the layers that would have been ignored.</exception>
    public void RequireAllUsed(Func<string, bool>? owns = null)
    {
        foreach (var adapter in adapters.Where(item => !item.MayBePartial).Select(item => item.Adapter))
        {
            var unused = adapter.Layers.Select(layer => layer.Name).Where(name => !_asked.Contains(name)).Concat(adapter.Incomplete)
                .Where(name => owns is null || owns(name)).Order(StringComparer.Ordinal).ToList();
            if (unused.Count == 0)
                continue;
            var names = string.Join(", ", unused.Take(LayersInMessage)) + (unused.Count > LayersInMessage ? ", …" : "");
            throw new CheckpointException(
                $"{adapter.Path} does not fit this model: {unused.Count} of its layers are not in the model or lack a factor: {names}.");
        }
    }

    /// <summary>Returns the exception for a DoRA on quantized weights, whose rows or columns it can't give new norms.</summary>
    internal static CheckpointException UnsuitableForDora(string path) => new(
        $"{path} is a DoRA, which can't be applied to quantized weights; use an unquantized model without --quantize.");

    private List<(LoraAdapter Adapter, LoraLayer Layer, double Strength)> LayersOf(string key, long rows, long columns)
    {
        var name = LoraKeys.LayerOf(key);
        _asked.Add(name);
        var layers = new List<(LoraAdapter, LoraLayer, double)>();
        foreach (var (adapter, strength, _) in adapters)
        {
            if (adapter.Find(name) is not { } layer)
                continue;
            if (layer.Update.Rows != rows || layer.Update.Columns != columns)
                throw new CheckpointException(
                    $"{adapter.Path}: the factors of '{name}' give [{layer.Update.Rows}, {layer.Update.Columns}], "
                    + $"but the model's layer is [{rows}, {columns}]. Is the adapter for this model version?");
            if (strength != 0)
                layers.Add((adapter, layer, strength));
        }

        return layers;
    }

    /// <summary>Returns the sum as a new float32 tensor and disposes <paramref name="weight"/>.</summary>
    private static Tensor Merge(Tensor weight, List<(LoraAdapter Adapter, LoraLayer Layer, double Strength)> layers)
    {
        using var scope = TensorScope.Open();
        var merged = WeightMatrix.Move(weight, CPU, ScalarType.Float32);
        foreach (var (adapter, layer, strength) in layers)
            LoraMerging.AddTo(merged, adapter, layer, strength);
        return merged;
    }

    /// <summary>Returns the weight with separate adapters; owns <paramref name="matrix"/>.</summary>
    private static WeightMatrix Beside(WeightMatrix matrix, List<(LoraAdapter Adapter, LoraLayer Layer, double Strength)> layers)
    {
        using var scope = TensorScope.Open();
        var lowRank = new List<(Tensor Down, Tensor Up)>();
        var adapted = matrix;
        foreach (var (adapter, layer, strength) in layers)
        {
            switch (layer.Update)
            {
                case LowRankUpdate update:
                    lowRank.Add(adapter.Read(update, strength));
                    break;
                case KroneckerUpdate update:
                    var (left, right) = adapter.Read(update, strength);
                    adapted = new KroneckerAdaptedMatrix(adapted, left.DetachFromDisposeScope(), right.DetachFromDisposeScope());
                    break;
            }
        }

        return lowRank.Count == 0
            ? adapted
            : new AdaptedMatrix(
                adapted,
                cat(lowRank.Select(factors => factors.Down).ToList(), 0).DetachFromDisposeScope(),
                cat(lowRank.Select(factors => factors.Up).ToList(), 1).DetachFromDisposeScope());
    }
}
