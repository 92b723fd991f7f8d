using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Weights;

namespace MlxVideo.Engine.Models;

/// <summary>The open files of a model's part: its weights and the adapters for it. Sources read from them until it is disposed.</summary>
internal sealed class PartFiles : IDisposable
{
    private readonly CheckpointPart _part;
    private readonly LoadOptions _options;
    private readonly QuantizationConfig? _stated;
    private readonly List<AdapterStrength> _adapters = [];

    /// <summary>Opens and validates the files.</summary>
    /// <param name="paths">The weight files.</param>
    /// <param name="part">Which part of them.</param>
    /// <param name="options">What to do with the weights of transformer and connectors.</param>
    /// <param name="stated">What packed weights must be like; null when nothing says so.</param>
    public PartFiles(IEnumerable<string> paths, CheckpointPart part, LoadOptions options, QuantizationConfig? stated = null)
    {
        (_part, _options, _stated) = (part, options, stated);
        Weights = WeightFiles.Open(paths, part.IsOfCheckpoint);
        try
        {
            if (part == CheckpointPart.Transformer || part == CheckpointPart.Connectors)
            {
                foreach (var (path, strength, mayBePartial) in options.Adapters)
                    _adapters.Add(new AdapterStrength(LoraAdapter.Open(path), strength, mayBePartial));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The weight files.</summary>
    public WeightFiles Weights { get; }

    /// <summary>A source for one module and one thread.</summary>
    /// <param name="readData">False to look at keys and shapes only.</param>
    public PartSource NewSource(bool readData)
    {
        var checkpoint = new CheckpointWeights(Weights, readData, _stated);
        IWeightSource weights = checkpoint;
        if (_part == CheckpointPart.Transformer && _options.Quantization is { } quantization)
            weights = new QuantizingWeights(weights, quantization);
        var adapted = _adapters.Count == 0 ? null : new LoraWeights(weights, _adapters, _options.Placement);
        return new PartSource(adapted ?? weights, () =>
        {
            checkpoint.RequireAllUsed(_part);
            adapted?.RequireAllUsed(layer => LoraKeys.IsOfConnectors(layer) == (_part == CheckpointPart.Connectors));
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Weights.Dispose();
        _adapters.ForEach(item => item.Adapter.Dispose());
    }
}

/// <summary>Weights of a part, and the check that it took all of them.</summary>
internal sealed record PartSource(IWeightSource Weights, Action RequireAllUsed);
