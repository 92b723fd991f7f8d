using System.Globalization;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Tensors;
using MlxVideo.Shared.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Adapters;

/// <summary>
/// A low-rank adapter file (LoRA, IC-LoRA): pairs of factors for layers of the transformer or connectors, in any key style of
/// <see cref="LoraKeys"/> and any dtype. Factors are read on demand; disposing the adapter closes the file.
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

    public string Path => _file.Path;

    /// <summary>The adapted layers.</summary>
    public IReadOnlyCollection<LoraLayer> Layers => _layers.Values;

    /// <summary>Common names of layers with a missing factor.</summary>
    public IReadOnlyList<string> Incomplete { get; }

    /// <summary>
    /// IC-LoRA: factor by which the reference video is smaller than the target along each side; 1 when the metadata does not specify it
    /// (docs/reference/pipelines.md, fact 17).
    /// </summary>
    public long ReferenceDownscaleFactor { get; }

    /// <summary>
    /// IC-LoRA: number of target frames per frame of the reference video; 1 when the metadata does not specify it
    /// (docs/reference/pipelines.md, fact 17).
    /// </summary>
    public long ReferenceTemporalScaleFactor { get; }

    /// <summary>Opens and validates a file.</summary>
    /// <exception cref="SafetensorsException">The file violates the safetensors format.</exception>
    /// <exception cref="CheckpointException">The file is not a low-rank adapter, or its factors do not match.</exception>
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

    /// <summary>Returns the contribution to the layer with this common name; null when there is none.</summary>
    public LoraLayer? Find(string layer) => _layers.GetValueOrDefault(layer);

    /// <summary>
    /// Reads the factors A (r, in) and B (out, r) of a layer as float32 on the CPU; B is multiplied by the layer's scale and
    /// <paramref name="strength"/>.
    /// </summary>
    public (Tensor Down, Tensor Up) Read(LoraLayer layer, double strength)
    {
        using var scope = TensorScope.Open();
        using var storedDown = SafetensorsTensors.ReadNumbers(_file, layer.Down);
        using var storedUp = SafetensorsTensors.ReadNumbers(_file, layer.Up);
        RequireFinite(storedDown, layer.Down.Name);
        RequireFinite(storedUp, layer.Up.Name);
        var up = (storedUp * (strength * layer.Scale)).MoveToOuterDisposeScope();
        return (storedDown.view(storedDown.shape).MoveToOuterDisposeScope(), up);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void RequireFinite(Tensor factor, string name)
    {
        if (!FiniteValues.Are(factor))
            throw new DamagedWeightsException($"The adapter {Path} is damaged: '{name}' has values that are not finite numbers. Download "
                + "it again, or render without it.");
    }

    private static (Dictionary<string, LoraLayer> Layers, IReadOnlyList<string> Incomplete) LayersOf(SafetensorsFile file)
    {
        var tensors = new SortedDictionary<string, Dictionary<LoraFactor, (LoraKey Key, TensorEntry Entry)>>(StringComparer.Ordinal);
        QuantizationMarkers.RequireReadable(file);
        foreach (var (key, entry) in file.Header.Tensors.Where(tensor => !MarkerTensors.IsMarker(tensor.Key)))
        {
            if (LoraKeys.OtherMethodOf(key) is { } method)
                throw new CheckpointException(
                    $"{file.Path}: '{key}' belongs to an adapter of type {method}, which is not supported; use a plain LoRA.");
            if (LoraKeys.Parse(key) is not { } parsed)
                throw new CheckpointException(
                    $"{file.Path}: '{key}' is not a key of a low-rank adapter (LoRA). Is this an adapter for LTX-2?");
            if (!tensors.TryGetValue(parsed.Layer, out var ofLayer))
                tensors[parsed.Layer] = ofLayer = [];
            if (!ofLayer.TryAdd(parsed.Factor, (parsed, entry)))
                throw new CheckpointException($"{file.Path}: '{key}' and '{ofLayer[parsed.Factor].Entry.Name}' map to the same layer.");
        }

        if (tensors.Count == 0)
            throw new CheckpointException($"{file.Path} has no weights.");
        var scales = new LoraScales(file);
        var layers = new Dictionary<string, LoraLayer>(StringComparer.Ordinal);
        var incomplete = new List<string>();
        foreach (var (name, ofLayer) in tensors)
        {
            if (ofLayer.TryGetValue(LoraFactor.Down, out var down) && ofLayer.TryGetValue(LoraFactor.Up, out var up))
                layers[name] =
                    new LoraLayer(
                        name, down.Entry, up.Entry,
                        ScaleOf(file, scales, down.Key, ofLayer.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.Entry)));
            else
                incomplete.Add(name);
        }

        return (layers, incomplete);
    }

    private static double ScaleOf(SafetensorsFile file, LoraScales scales, LoraKey layer, Dictionary<LoraFactor, TensorEntry> tensors)
    {
        var (down, up) = (tensors[LoraFactor.Down], tensors[LoraFactor.Up]);
        if (down.Shape.Count != 2 || up.Shape.Count != 2 || down.Shape[0] != up.Shape[1] || down.Shape[0] == 0)
            throw new CheckpointException($"{file.Path}: '{down.Name}' [{string.Join(", ", down.Shape)}] and '{up.Name}' "
                + $"[{string.Join(", ", up.Shape)}] are not a pair of factors of equal rank.");
        var rank = down.Shape[0];
        var scale = tensors.TryGetValue(LoraFactor.Alpha, out var alpha) ? AlphaOf(file, alpha) / rank : scales.Of(layer, rank);
        return scale * Float8ScaleOf(file, tensors, LoraFactor.Down, LoraFactor.DownScale)
            * Float8ScaleOf(file, tensors, LoraFactor.Up, LoraFactor.UpScale);
    }

    private static double AlphaOf(SafetensorsFile file, TensorEntry alpha) => alpha.ElementCount() == 1
        ? SafetensorsTensors.ReadNumber(file, alpha)
        : throw new CheckpointException($"{file.Path}: '{alpha.Name}' is [{string.Join(", ", alpha.Shape)}] instead of a single number.");

    private static double Float8ScaleOf(
        SafetensorsFile file, Dictionary<LoraFactor, TensorEntry> tensors, LoraFactor factor, LoraFactor scale)
    {
        if (!tensors.TryGetValue(scale, out var entry))
            return 1;
        if (SafetensorsTensors.Float8FormatOf(tensors[factor].Dtype) is null)
            throw new CheckpointException(
                $"{file.Path}: '{entry.Name}' is a scale for 8-bit floats, but '{tensors[factor].Name}' is {tensors[factor].Dtype}.");
        return Float8Scale.FaultOf(entry) is { } error
            ? throw new CheckpointException($"{file.Path}: {error}.")
            : SafetensorsTensors.ReadNumber(file, entry);
    }

    private long Factor(string key)
    {
        if (!_file.Header.Metadata.TryGetValue(key, out var text))
            return 1;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= 1
            && value == Math.Floor(value) && value <= int.MaxValue
            ? (long)value
            : throw new CheckpointException($"{Path}: {key} '{text}' in the metadata is not an integer of at least 1.");
    }
}
