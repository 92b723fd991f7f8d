using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Tensors;
using MlxVideo.Shared.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Weights;

/// <summary>
/// A weight in MLX's affine quantization, kept packed: w = scale · q + bias, computed in float32 and rounded once to the
/// compute dtype. Checkpoint keys: <c>weight</c> U32 (out, in · bits / 32), <c>scales</c> and <c>biases</c>
/// (out, in / group) of any float type (docs/reference/text.md, section 5).
/// </summary>
public sealed class AffineMatrix : PackedMatrix
{
    private readonly Tensor _packed;
    private readonly Tensor _scales;
    private readonly Tensor _biases;
    private readonly ScalarType _dtype;

    /// <summary>Takes ownership of the tensors.</summary>
    /// <param name="packed">(out, in · bits / 8) uint8: the bytes of the packed words.</param>
    /// <param name="scales">(out, in / group)</param>
    /// <param name="biases">(out, in / group)</param>
    /// <param name="dtype">The dtype of expanded rows.</param>
    public AffineMatrix(AffineFormat format, Tensor packed, Tensor scales, Tensor biases, ScalarType dtype = ScalarType.Float32)
    {
        Format = format;
        (_packed, _scales, _biases, _dtype) = (packed, scales, biases, dtype);
    }

    public AffineFormat Format { get; }

    /// <inheritdoc/>
    public override long Rows => _packed.shape[0];

    /// <inheritdoc/>
    public override long Columns => _packed.shape[1] * 8 / Format.Bits;

    /// <summary>The packed bytes (out, in · bits / 8), uint8.</summary>
    public Tensor Packed => _packed;

    /// <summary>(out, in / group); often negative.</summary>
    public Tensor Scales => _scales;

    /// <summary>(out, in / group): the value of code 0.</summary>
    public Tensor Biases => _biases;

    /// <inheritdoc/>
    public override Tensor SelectRows(Tensor indices)
    {
        using var scope = TensorScope.Open();
        return ExpandCodes(_packed.index_select(0, indices), _scales.index_select(0, indices), _biases.index_select(0, indices))
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override WeightMatrix Place(Device device, ScalarType dtype) =>
        new AffineMatrix(Format, Move(_packed, device, ScalarType.Byte), Move(_scales, device, _scales.dtype),
            Move(_biases, device, _biases.dtype), dtype);

    /// <summary>Returns the three tensors of a checkpoint, for <see cref="SafetensorsWriter"/>.</summary>
    /// <param name="module">The layer's path, without <c>.weight</c>.</param>
    public IEnumerable<TensorToWrite> ToWrite(string module)
    {
        var bytes = SafetensorsTensors.ToWrite($"{module}.weight", _packed);
        yield return bytes with { Dtype = TensorDtype.U32, Shape = [Rows, _packed.shape[1] / sizeof(uint)] };
        yield return SafetensorsTensors.ToWrite($"{module}.scales", _scales);
        yield return SafetensorsTensors.ToWrite($"{module}.biases", _biases);
    }

    /// <inheritdoc/>
    internal override IReadOnlyList<Tensor> Tensors => [_packed, _scales, _biases];

    /// <inheritdoc/>
    internal override WeightMatrix With(IReadOnlyList<Tensor> copies) => new AffineMatrix(Format, copies[0], copies[1], copies[2], _dtype);

    /// <inheritdoc/>
    protected override DeviceType DeviceType => _packed.device_type;

    /// <inheritdoc/>
    protected override Tensor ExpandRows(long start, long count)
    {
        using var scope = TensorScope.Open();
        return ExpandCodes(_packed.narrow(0, start, count), _scales.narrow(0, start, count), _biases.narrow(0, start, count))
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        _packed.Dispose();
        _scales.Dispose();
        _biases.Dispose();
    }

    private Tensor ExpandCodes(Tensor packed, Tensor scales, Tensor biases)
    {
        var codes = AffinePacking.Unpack(packed, Format);
        var grouped = codes.view(codes.shape[0], -1, Format.GroupSize);
        grouped.mul_(scales.to(ScalarType.Float32).unsqueeze(-1)).add_(biases.to(ScalarType.Float32).unsqueeze(-1));
        return codes.to(_dtype);
    }
}
