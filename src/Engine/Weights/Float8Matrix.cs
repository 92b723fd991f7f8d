using MlxVideo.Engine.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Weights;

/// <summary>
/// A weight of 8-bit floats, kept as bytes: w = code value · scale, computed in float32 and rounded once to the compute dtype.
/// Checkpoint keys: <c>weight</c> F8_E4M3 or F8_E5M2 (out, in), <c>weight_scale</c>, a scalar (docs/reference/text.md, section 6).
/// </summary>
public sealed class Float8Matrix : PackedMatrix
{
    private readonly Tensor _codes;
    private readonly Tensor _table;

    /// <summary>Takes ownership of the codes.</summary>
    /// <param name="codes">(out, in) uint8.</param>
    /// <param name="scale">The weight's scale; 1 for a plain cast.</param>
    public Float8Matrix(Float8Format format, Tensor codes, float scale)
        : this(codes, format.Table(scale).DetachFromDisposeScope())
    {
    }

    private Float8Matrix(Tensor codes, Tensor table) => (_codes, _table) = (codes, table);

    /// <inheritdoc/>
    public override long Rows => _codes.shape[0];

    /// <inheritdoc/>
    public override long Columns => _codes.shape[1];

    /// <inheritdoc/>
    public override Tensor SelectRows(Tensor indices)
    {
        using var scope = TensorScope.Open();
        return LookUp(_codes.index_select(0, indices)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override WeightMatrix Place(Device device, ScalarType dtype) =>
        new Float8Matrix(Move(_codes, device, ScalarType.Byte), Move(_table, device, dtype));

    /// <inheritdoc/>
    internal override IReadOnlyList<Tensor> Tensors => [_codes, _table];

    /// <inheritdoc/>
    internal override WeightMatrix With(IReadOnlyList<Tensor> copies) => new Float8Matrix(copies[0], copies[1]);

    /// <inheritdoc/>
    protected override DeviceType DeviceType => _codes.device_type;

    /// <inheritdoc/>
    protected override Tensor ExpandRows(long start, long count)
    {
        using var scope = TensorScope.Open();
        return LookUp(_codes.narrow(0, start, count)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        _codes.Dispose();
        _table.Dispose();
    }

    private Tensor LookUp(Tensor codes) => _table.index_select(0, codes.flatten().to(ScalarType.Int32)).view(codes.shape);
}
