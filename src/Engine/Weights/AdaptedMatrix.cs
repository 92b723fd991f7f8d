using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Weights;

/// <summary>
/// A weight with separate low-rank adapters: x Wᵀ + (x Aᵀ) Bᵀ. The weight stays unchanged, which allows adapting a packed one without
/// expanding it permanently (docs/reference/text.md, section 7: the runtime form).
/// </summary>
public sealed class AdaptedMatrix : WeightMatrix
{
    private readonly WeightMatrix _weight;
    private readonly Tensor _down;
    private readonly Tensor _up;

    /// <summary>Takes ownership of the weight and the factors.</summary>
    /// <param name="weight">The weight (out, in).</param>
    /// <param name="down">(r, in): A, the stacked factors of all adapters.</param>
    /// <param name="up">(out, r): B, multiplied by strengths and scales.</param>
    public AdaptedMatrix(WeightMatrix weight, Tensor down, Tensor up) => (_weight, _down, _up) = (weight, down, up);

    /// <inheritdoc/>
    public override long Rows => _weight.Rows;

    /// <inheritdoc/>
    public override long Columns => _weight.Columns;

    /// <inheritdoc/>
    public override Tensor Product(TensorKernels kernels, Tensor input, Tensor? bias)
    {
        using var scope = TensorScope.Open();
        var product = _weight.Product(kernels, input, bias);
        return product.add_(kernels.Linear(kernels.Linear(input, _down, null), _up, null)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor SelectRows(Tensor indices)
    {
        using var scope = TensorScope.Open();
        return (_weight.SelectRows(indices) + DeviceOperations.Product(_up.index_select(0, indices), _down)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Expand()
    {
        using var scope = TensorScope.Open();
        return (_weight.Expand() + DeviceOperations.Product(_up, _down)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override WeightMatrix Place(Device device, ScalarType dtype) =>
        new AdaptedMatrix(_weight.Place(device, dtype), Move(_down, device, dtype), Move(_up, device, dtype));

    /// <inheritdoc/>
    internal override IReadOnlyList<Tensor> Tensors => [.. _weight.Tensors, _down, _up];

    /// <inheritdoc/>
    internal override WeightMatrix With(IReadOnlyList<Tensor> copies) =>
        new AdaptedMatrix(_weight.With([.. copies.SkipLast(2)]), copies[^2], copies[^1]);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        _weight.Dispose();
        _down.Dispose();
        _up.Dispose();
    }
}
