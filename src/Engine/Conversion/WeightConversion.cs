using MlxVideo.Engine.Adapters;
using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Inventory;
using MlxVideo.Shared.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Conversion;

/// <summary>Decides the new form of each weight of a checkpoint.</summary>
internal sealed class WeightConversion : IDisposable
{
    private static readonly CheckpointSection[] Adaptable = [CheckpointSection.Transformer, CheckpointSection.Connectors];

    private static readonly CheckpointSection[] Castable =
        [.. Adaptable, CheckpointSection.VideoEncoder, CheckpointSection.VideoDecoder];

    private readonly ConversionSettings _settings;
    private readonly List<AdapterStrength> _adapters = [];
    private readonly CheckpointWeights _stored;
    private readonly LoraWeights _adapted;

    public WeightConversion(WeightFiles checkpoint, ConversionSettings settings, QuantizationConfig? stated)
    {
        _settings = settings;
        try
        {
            foreach (var (path, strength, mayBePartial) in settings.Adapters ?? [])
                _adapters.Add(new AdapterStrength(LoraAdapter.Open(path), strength, mayBePartial));
        }
        catch
        {
            Dispose();
            throw;
        }

        _stored = new CheckpointWeights(checkpoint, quantization: stated);
        _adapted = new LoraWeights(_stored, _adapters);
    }

    /// <summary>Returns the weight's new form.</summary>
    public ConvertedWeight Convert(WeightInventory weight)
    {
        if (CheckpointSection.Of(weight.Key) is not { } section)
            return new KeptWeight(weight);
        var isAdapted = Adaptable.Contains(section) && weight.Shape.Count == 2
            && _adapters.Exists(item => item.Strength != 0 && item.Adapter.Find(LoraKeys.LayerOf(weight.Key)) is not null);
        var isPacked = weight.Stored.Entry.Dtype == TensorDtype.U32;
        var quantize = section == CheckpointSection.Transformer && weight.IsMatrix && (!isPacked || isAdapted)
            && _settings.Quantization?.AppliesTo(weight.Key, weight.Shape[0], weight.Shape[1]) == true;
        var cast = _settings.Dtype is { } wanted && wanted != weight.Stored.Entry.Dtype && Castable.Contains(section)
            && (weight.IsMatrix || weight.Shape.Count > 2);
        if (!isAdapted && !quantize && !cast)
            return new KeptWeight(weight);
        var dtype = _settings.Dtype ?? UsualDtypeOf(weight);
        Func<Tensor> read = () => (isAdapted ? _adapted : (IWeightSource)_stored).Read(weight.Key, weight.Shape.ToArray());
        return quantize
            ? new QuantizedWeight(weight, _settings.Quantization!.Format, ScalarTypeOf(dtype), dtype, read)
            : new DenseWeight(weight, ScalarTypeOf(dtype), dtype, read);
    }

    /// <inheritdoc/>
    public void Dispose() => _adapters.ForEach(item => item.Adapter.Dispose());

    /// <summary>The weight's own dtype; packed ones expand to bfloat16, the dtype of all released checkpoints.</summary>
    private static TensorDtype UsualDtypeOf(WeightInventory weight) =>
        weight.Stored.Entry.Dtype is TensorDtype.F32 or TensorDtype.F16 or TensorDtype.BF16 ? weight.Stored.Entry.Dtype : TensorDtype.BF16;

    private static ScalarType ScalarTypeOf(TensorDtype dtype) => dtype switch
    {
        TensorDtype.F32 => ScalarType.Float32,
        TensorDtype.F16 => ScalarType.Float16,
        TensorDtype.BF16 => ScalarType.BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "Models are converted to F32, F16 or BF16."),
    };
}
