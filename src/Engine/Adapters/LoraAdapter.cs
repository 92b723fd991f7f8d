using System.Globalization;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Tensors;
using MlxVideo.Shared.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Adapters;

/// <summary>
/// An adapter file (LoRA, IC-LoRA, DoRA, LoKr): factors for layers of the transformer or connectors, in any key style of
/// <see cref="LoraKeys"/> and any dtype. Factors are read on demand; disposing the adapter closes the file.
/// </summary>
public sealed class LoraAdapter : IDisposable
{
    private readonly SafetensorsFile _file;
    private readonly LoraLayers _layers;

    private LoraAdapter(SafetensorsFile file)
    {
        _file = file;
        _layers = new LoraLayers(file);
        ReferenceDownscaleFactor = Factor("reference_downscale_factor");
        ReferenceTemporalScaleFactor = Factor("reference_temporal_scale_factor");
    }

    public string Path => _file.Path;

    /// <summary>The adapted layers.</summary>
    public IReadOnlyList<LoraLayer> Layers => field ??= _layers.Complete.Values.ToList();

    /// <summary>Common names of layers with a missing factor.</summary>
    public IReadOnlyList<string> Incomplete => _layers.Incomplete;

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
    /// <exception cref="CheckpointException">The file is not a supported adapter, or its factors do not match.</exception>
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
    public LoraLayer? Find(string layer) => _layers.Complete.GetValueOrDefault(layer);

    /// <summary>
    /// Reads the factors A (r, in) and B (out, r) of a layer as float32 on the CPU; B is multiplied by the update's scale and
    /// <paramref name="strength"/>.
    /// </summary>
    public (Tensor Down, Tensor Up) Read(LowRankUpdate update, double strength)
    {
        using var scope = TensorScope.Open();
        var up = Read(update.Up) * (strength * update.Scale);
        return (Read(update.Down).MoveToOuterDisposeScope(), up.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Reads the factors L (a, b) and R (c, d) of a Kronecker product as float32 on the CPU; L is multiplied by the update's scale and
    /// <paramref name="strength"/>.
    /// </summary>
    public (Tensor Left, Tensor Right) Read(KroneckerUpdate update, double strength)
    {
        using var scope = TensorScope.Open();
        var left = Read(update.Left) * (strength * update.Scale);
        return (left.MoveToOuterDisposeScope(), Read(update.Right).MoveToOuterDisposeScope());
    }

    /// <summary>Reads a DoRA layer's norms as float32 on the CPU: (out, 1) of rows, or (1, in) of columns.</summary>
    public Tensor ReadMagnitude(TensorEntry magnitude)
    {
        using var scope = TensorScope.Open();
        var norms = Read(magnitude);
        return (norms.dim() == 1 ? norms.unsqueeze(1) : norms).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private Tensor Read(StoredFactor factor) =>
        factor.Second is { } second ? DeviceOperations.Product(Read(factor.First), Read(second)) : Read(factor.First);

    /// <summary>Reads a tensor into the current dispose scope.</summary>
    private Tensor Read(TensorEntry entry)
    {
        using var scope = TensorScope.Open();
        using var stored = SafetensorsTensors.ReadNumbers(_file, entry);
        if (!FiniteValues.Are(stored))
            throw new DamagedWeightsException($"The adapter {Path} is damaged: '{entry.Name}' has values that are not finite numbers. "
                + "Download it again, or render without it.");
        return stored.view(stored.shape).MoveToOuterDisposeScope();
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
