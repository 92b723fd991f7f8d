using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Tensors;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Adapters;

/// <summary>Assembles the layers of an adapter file from its tensors and checks that their shapes match.</summary>
internal sealed class LoraLayers
{
    private readonly SafetensorsFile _file;
    private readonly LoraScales _scales;
    private readonly Dictionary<string, LoraLayer> _complete = new(StringComparer.Ordinal);
    private readonly List<string> _incomplete = [];

    /// <summary>Reads the header of a file.</summary>
    /// <exception cref="CheckpointException">The file is not an adapter of a supported type, or its tensors do not match.</exception>
    public LoraLayers(SafetensorsFile file)
    {
        _file = file;
        QuantizationMarkers.RequireReadable(file);
        var layers = TensorsByLayer();
        if (layers.Count == 0)
            throw new CheckpointException($"{file.Path} has no weights.");
        _scales = new LoraScales(file);
        foreach (var (name, tensors) in layers)
        {
            if (UpdateOf(tensors) is { } update)
                _complete[name] = new LoraLayer(name, update, MagnitudeOf(tensors, update));
            else
                _incomplete.Add(name);
        }

        if (_scales.StatesDora && !_complete.Values.Any(layer => layer.Magnitude is not null))
            throw new CheckpointException(
                $"{file.Path} states that it is a DoRA, but has no magnitudes (dora_scale or lora_magnitude_vector); use the original "
                    + "file.");
    }

    /// <summary>The complete layers by common name.</summary>
    public IReadOnlyDictionary<string, LoraLayer> Complete => _complete;

    /// <summary>Common names of layers that lack a factor.</summary>
    public IReadOnlyList<string> Incomplete => _incomplete;

    private SortedDictionary<string, Dictionary<LoraFactor, Part>> TensorsByLayer()
    {
        var layers = new SortedDictionary<string, Dictionary<LoraFactor, Part>>(StringComparer.Ordinal);
        foreach (var (key, entry) in _file.Header.Tensors.Where(tensor => !MarkerTensors.IsMarker(tensor.Key)))
        {
            if (LoraKeys.OtherMethodOf(key) is { } method)
                throw new CheckpointException(
                    $"{_file.Path}: '{key}' belongs to an adapter of type {method}, which is not supported; use a plain LoRA.");
            if (LoraKeys.Parse(key) is not { } parsed)
                throw new CheckpointException(
                    $"{_file.Path}: '{key}' is not a key of a low-rank adapter (LoRA). Is this an adapter for LTX-2?");
            if (!layers.TryGetValue(parsed.Layer, out var ofLayer))
                layers[parsed.Layer] = ofLayer = [];
            if (!ofLayer.TryAdd(parsed.Factor, new Part(parsed, entry)))
                throw new CheckpointException($"{_file.Path}: '{key}' and '{ofLayer[parsed.Factor].Entry.Name}' map to the same layer.");
        }

        return layers;
    }

    /// <summary>Returns the update of a layer; null when a factor is missing.</summary>
    private LoraUpdate? UpdateOf(Dictionary<LoraFactor, Part> tensors)
    {
        if (tensors.TryGetValue(LoraFactor.Down, out var down) && tensors.TryGetValue(LoraFactor.Up, out var up))
        {
            RequirePair(up.Entry, down.Entry);
            var rank = down.Entry.Shape[0];
            var scale = AlphaOf(tensors) is { } alpha ? alpha / rank : _scales.Of(down.Key, rank);
            return new LowRankUpdate(
                down.Entry, up.Entry,
                scale * Float8ScaleOf(tensors, LoraFactor.Down, LoraFactor.DownScale)
                    * Float8ScaleOf(tensors, LoraFactor.Up, LoraFactor.UpScale));
        }

        return FactorOf(tensors, LoraFactor.Left, LoraFactor.LeftFirst, LoraFactor.LeftSecond) is { } left
            && FactorOf(tensors, LoraFactor.Right, LoraFactor.RightFirst, LoraFactor.RightSecond) is { } right
                ? Scaled(new KroneckerUpdate(left, right, 1), tensors)
                : null;
    }

    /// <summary>Alpha applies to decomposed factors only: LyCORIS writes a meaningless one for whole matrices.</summary>
    private KroneckerUpdate Scaled(KroneckerUpdate update, Dictionary<LoraFactor, Part> tensors) => update.Rank is { } rank
        ? update with { Scale = AlphaOf(tensors) is { } alpha ? alpha / rank : _scales.Of(tensors.Values.First().Key, rank) }
        : update;

    /// <summary>Returns a factor of a Kronecker product; null when it is missing.</summary>
    private StoredFactor? FactorOf(Dictionary<LoraFactor, Part> tensors, LoraFactor whole, LoraFactor first, LoraFactor second)
    {
        if (tensors.TryGetValue(whole, out var matrix))
        {
            if (matrix.Entry.Shape.Count != 2)
                throw new CheckpointException($"{_file.Path}: '{matrix.Entry.Name}' {Shape(matrix.Entry)} is not a matrix.");
            return new StoredFactor(matrix.Entry);
        }

        if (!tensors.TryGetValue(first, out var left) || !tensors.TryGetValue(second, out var right))
            return null;
        RequirePair(left.Entry, right.Entry);
        return new StoredFactor(left.Entry, right.Entry);
    }

    private TensorEntry? MagnitudeOf(Dictionary<LoraFactor, Part> tensors, LoraUpdate update)
    {
        if (!tensors.TryGetValue(LoraFactor.Magnitude, out var magnitude))
            return null;
        var entry = magnitude.Entry;
        return entry.Shape is [var rows] && rows == update.Rows
            || entry.Shape is [var column, 1] && column == update.Rows
            || entry.Shape is [1, var row] && row == update.Columns
                ? entry
                : throw new CheckpointException(
                    $"{_file.Path}: '{entry.Name}' {Shape(entry)} are not the norms of the rows or columns of a layer of "
                        + $"[{update.Rows}, {update.Columns}].");
    }

    private void RequirePair(TensorEntry first, TensorEntry second)
    {
        if (first.Shape.Count != 2 || second.Shape.Count != 2 || first.Shape[1] != second.Shape[0] || first.Shape[1] == 0)
            throw new CheckpointException(
                $"{_file.Path}: '{second.Name}' {Shape(second)} and '{first.Name}' {Shape(first)} are not a pair of factors of equal "
                    + "rank.");
    }

    private double? AlphaOf(Dictionary<LoraFactor, Part> tensors)
    {
        if (!tensors.TryGetValue(LoraFactor.Alpha, out var alpha))
            return null;
        return alpha.Entry.ElementCount() == 1
            ? SafetensorsTensors.ReadNumber(_file, alpha.Entry)
            : throw new CheckpointException(
                $"{_file.Path}: '{alpha.Entry.Name}' is {Shape(alpha.Entry)} instead of a single number.");
    }

    private double Float8ScaleOf(Dictionary<LoraFactor, Part> tensors, LoraFactor factor, LoraFactor scale)
    {
        if (!tensors.TryGetValue(scale, out var stored))
            return 1;
        if (SafetensorsTensors.Float8FormatOf(tensors[factor].Entry.Dtype) is null)
            throw new CheckpointException(
                $"{_file.Path}: '{stored.Entry.Name}' is a scale for 8-bit floats, but '{tensors[factor].Entry.Name}' is "
                    + $"{tensors[factor].Entry.Dtype}.");
        return Float8Scale.FaultOf(stored.Entry) is { } error
            ? throw new CheckpointException($"{_file.Path}: {error}.")
            : SafetensorsTensors.ReadNumber(_file, stored.Entry);
    }

    private static string Shape(TensorEntry entry) => $"[{string.Join(", ", entry.Shape)}]";

    private sealed record Part(LoraKey Key, TensorEntry Entry);
}
