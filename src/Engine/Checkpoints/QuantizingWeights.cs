using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Checkpoints;

/// <summary>Weights from another source, with the dense matrices quantized as they are read.</summary>
/// <param name="quantization">The weights to quantize and their format.</param>
public sealed class QuantizingWeights(IWeightSource inner, RuntimeQuantization quantization) : IWeightSource
{
    /// <inheritdoc/>
    public bool Contains(string key) => inner.Contains(key);

    /// <inheritdoc/>
    public Tensor Read(string key, ReadOnlySpan<long> shape) => inner.Read(key, shape);

    /// <inheritdoc/>
    public WeightMatrix ReadMatrix(string key, long rows, long columns)
    {
        var matrix = inner.ReadMatrix(key, rows, columns);
        if (matrix is not DenseMatrix dense || dense.Weight.device_type == DeviceType.META || !quantization.AppliesTo(key, rows, columns))
            return matrix;
        using (dense)
            return AffineQuantizer.Quantize(dense.Weight, quantization.Format);
    }
}
