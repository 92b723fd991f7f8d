using System.Globalization;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Shared.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Adapters;

/// <summary>
/// A low-rank adapter's file (LoRA, IC-LoRA): pairs of factors for layers of the transformer or connectors, in any of the
/// key styles of <see cref="LoraKeys"/>. Factors are read when they are needed; dispose it to close the file.
/// </summary>
public sealed class LoraAdapter : IDisposable
{
    private readonly SafetensorsFile _file;
    private readonly Dictionary<string, LoraLayer> _layers;

    private LoraAdapter(SafetensorsFile file)
    {
        _file = file;
        (_layers, Incomplete) = LayersOf(file);
        ReferenceDownscaleFactor = Factor("reference_downscale_factor");
        ReferenceTemporalScaleFactor = Factor("reference_temporal_scale_factor");
    }

    /// <summary>The file's path.</summary>
    public string Path => _file.Path;

    /// <summary>The layers that it adapts.</summary>
    public IReadOnlyCollection<LoraLayer> Layers => _layers.Values;

    /// <summary>Common names of layers that lack one of the two factors.</summary>
    public IReadOnlyList<string> Incomplete { get; }

    /// <summary>IC-LoRA: how many times smaller the reference video is than the target, each way; 1 when the metadata says nothing (README-pipelines, note 17).</summary>
    public long ReferenceDownscaleFactor { get; }

    /// <summary>IC-LoRA: every how many frames the reference video has one; 1 when the metadata says nothing (README-pipelines, note 17).</summary>
    public long ReferenceTemporalScaleFactor { get; }

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="SafetensorsException">It breaks the format.</exception>
    /// <exception cref="CheckpointException">It is no low-rank adapter, or its factors do not fit together.</exception>
    public static LoraAdapter Open(string path)
    {
        var file = SafetensorsFile.Open(path);
        try
        {
            return new LoraAdapter(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>What it adds to the layer of this common name; null when nothing.</summary>
    public LoraLayer? Find(string layer) => _layers.GetValueOrDefault(layer);

    /// <summary>The factors A (r, in) and B (out, r) of a layer, float32 on the CPU, B times the layer's scale and a strength.</summary>
    public (Tensor Down, Tensor Up) Read(LoraLayer layer, double strength)
    {
        using var scope = TensorScope.Open();
        using var storedDown = SafetensorsTensors.Read(_file, layer.Down);
        using var storedUp = SafetensorsTensors.Read(_file, layer.Up);
        RequireFinite(storedDown, layer.Down.Name);
        RequireFinite(storedUp, layer.Up.Name);
        var down = storedDown.to(ScalarType.Float32, copy: true).MoveToOuterDisposeScope();
        var up = (storedUp.to(ScalarType.Float32) * (strength * layer.Scale)).MoveToOuterDisposeScope();
        return (down, up);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void RequireFinite(Tensor factor, string name)
    {
        if (!FiniteValues.Are(factor))
            throw new DamagedWeightsException($"The adapter {Path} is damaged: '{name}' has values that are not finite numbers. Download it again, or render without it.");
    }

    private static (Dictionary<string, LoraLayer> Layers, IReadOnlyList<string> Incomplete) LayersOf(SafetensorsFile file)
    {
        var factors = new SortedDictionary<string, Dictionary<LoraFactor, TensorEntry>>(StringComparer.Ordinal);
        foreach (var (key, entry) in file.Header.Tensors)
        {
            if (!LoraKeys.TryParse(key, out var name, out var factor))
                throw new CheckpointException($"{file.Path}: '{key}' is no key of a low-rank adapter (LoRA). Is this an adapter for LTX-2?");
            if (!factors.TryGetValue(name, out var ofLayer))
                factors[name] = ofLayer = [];
            if (!ofLayer.TryAdd(factor, entry))
                throw new CheckpointException($"{file.Path}: '{key}' and '{ofLayer[factor].Name}' are for the same layer.");
        }

        if (factors.Count == 0)
            throw new CheckpointException($"{file.Path} has no weights.");
        var layers = new Dictionary<string, LoraLayer>(StringComparer.Ordinal);
        var incomplete = new List<string>();
        foreach (var (name, ofLayer) in factors)
        {
            if (ofLayer.TryGetValue(LoraFactor.Down, out var down) && ofLayer.TryGetValue(LoraFactor.Up, out var up))
                layers[name] = Layer(file, name, down, up, ofLayer.GetValueOrDefault(LoraFactor.Alpha));
            else
                incomplete.Add(name);
        }

        return (layers, incomplete);
    }

    private static LoraLayer Layer(SafetensorsFile file, string name, TensorEntry down, TensorEntry up, TensorEntry? alpha)
    {
        if (down.Shape.Count != 2 || up.Shape.Count != 2 || down.Shape[0] != up.Shape[1] || down.Shape[0] == 0)
            throw new CheckpointException($"{file.Path}: '{down.Name}' [{string.Join(", ", down.Shape)}] and '{up.Name}' [{string.Join(", ", up.Shape)}] are no pair of factors of one rank.");
        if (alpha is null)
            return new LoraLayer(name, down, up, 1);
        if (alpha.Shape.Aggregate(1L, (product, size) => product * size) != 1)
            throw new CheckpointException($"{file.Path}: '{alpha.Name}' is [{string.Join(", ", alpha.Shape)}] instead of one number.");
        using var stored = SafetensorsTensors.Read(file, alpha);
        using var value = stored.to(ScalarType.Float32, copy: true);
        return new LoraLayer(name, down, up, (double)value.item<float>() / down.Shape[0]);
    }

    private long Factor(string key)
    {
        if (!_file.Header.Metadata.TryGetValue(key, out var text))
            return 1;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= 1 && value == Math.Floor(value) && value <= int.MaxValue
            ? (long)value
            : throw new CheckpointException($"{Path}: {key} '{text}' in the metadata is no whole number from 1 on.");
    }
}
