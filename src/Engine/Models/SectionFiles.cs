using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Weights;

namespace MlxVideo.Engine.Models;

/// <summary>
/// The open files of a checkpoint section: its weights and its adapters. Sources read from them until this object is disposed.
/// </summary>
internal sealed class SectionFiles : IDisposable
{
    private readonly CheckpointSection _section;
    private readonly LoadOptions _options;
    private readonly QuantizationConfig? _stated;
    private readonly List<AdapterStrength> _adapters = [];

    /// <summary>Opens and validates the files.</summary>
    /// <param name="paths">The weight files.</param>
    /// <param name="section">The section to read.</param>
    /// <param name="options">Processing of transformer and connector weights.</param>
    /// <param name="stated">Required format of packed weights; null when unspecified.</param>
    public SectionFiles(IEnumerable<string> paths, CheckpointSection section, LoadOptions options, QuantizationConfig? stated = null)
    {
        (_section, _options, _stated) = (section, options, stated);
        Weights = WeightFiles.Open(paths, section.HasReleasedKeys);
        try
        {
            if (section == CheckpointSection.Transformer || section == CheckpointSection.Connectors)
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

    public WeightFiles Weights { get; }

    /// <summary>Creates a source for one module and one thread.</summary>
    /// <param name="readData">False to inspect only keys and shapes.</param>
    public SectionSource NewSource(bool readData)
    {
        var checkpoint = new CheckpointWeights(Weights, readData, _stated);
        IWeightSource weights = checkpoint;
        if (_section == CheckpointSection.Transformer && _options.Quantization is { } quantization)
            weights = new QuantizingWeights(weights, quantization);
        var adapted = _adapters.Count == 0 ? null : new LoraWeights(weights, _adapters, _options.Placement);
        return new SectionSource(adapted ?? weights, () =>
        {
            checkpoint.RequireAllUsed(_section);
            adapted?.RequireAllUsed(layer => LoraKeys.IsOfConnectors(layer) == (_section == CheckpointSection.Connectors));
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Weights.Dispose();
        _adapters.ForEach(item => item.Adapter.Dispose());
    }
}

/// <summary>Weights of a section, and the check that all of them were used.</summary>
internal sealed record SectionSource(IWeightSource Weights, Action RequireAllUsed);
