using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Weights;

/// <summary>
/// A weight with a separate Kronecker-product adapter (LoKr): x (W + L ⊗ R)ᵀ. The product L ⊗ R is not expanded for this: with x as a
/// matrix X (b, d), (L ⊗ R) x is L X Rᵀ.
/// </summary>
public sealed class KroneckerAdaptedMatrix : WeightMatrix
{
    private readonly WeightMatrix _weight;
    private readonly Tensor _left;
    private readonly Tensor _right;

    /// <summary>Takes ownership of the weight and the factors.</summary>
    /// <param name="weight">The weight (out, in).</param>
    /// <param name="left">(a, b): L, multiplied by strength and scale.</param>
    /// <param name="right">(c, d): R, where a · c = out and b · d = in.</param>
    public KroneckerAdaptedMatrix(WeightMatrix weight, Tensor left, Tensor right) => (_weight, _left, _right) = (weight, left, right);

    /// <inheritdoc/>
    public override long Rows => _weight.Rows;

    /// <inheritdoc/>
    public override long Columns => _weight.Columns;

    /// <summary>Returns the Kronecker product of (a, b) and (c, d): (a · c, b · d).</summary>
    public static Tensor ProductOf(Tensor left, Tensor right)
    {
        using var scope = TensorScope.Open();
        var blocks = left.unsqueeze(1).unsqueeze(3) * right.unsqueeze(0).unsqueeze(2);
        return blocks.reshape(left.shape[0] * right.shape[0], left.shape[1] * right.shape[1]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Product(TensorKernels kernels, Tensor input, Tensor? bias)
    {
        using var scope = TensorScope.Open();
        var product = _weight.Product(kernels, input, bias);
        var folded = input.reshape([.. input.shape[..^1], _left.shape[1], _right.shape[1]]);
        var right = kernels.Linear(folded, _right, null).transpose(-1, -2).contiguous();
        var update = kernels.Linear(right, _left, null).transpose(-1, -2).contiguous();
        return product.add_(update.view(product.shape)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor SelectRows(Tensor indices)
    {
        using var scope = TensorScope.Open();
        return (_weight.SelectRows(indices) + ProductOf(_left, _right).index_select(0, indices)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Expand()
    {
        using var scope = TensorScope.Open();
        return (_weight.Expand() + ProductOf(_left, _right)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override WeightMatrix Place(Device device, ScalarType dtype) =>
        new KroneckerAdaptedMatrix(_weight.Place(device, dtype), Move(_left, device, dtype), Move(_right, device, dtype));

    /// <inheritdoc/>
    internal override IReadOnlyList<Tensor> Tensors => [.. _weight.Tensors, _left, _right];

    /// <inheritdoc/>
    internal override WeightMatrix With(IReadOnlyList<Tensor> copies) =>
        new KroneckerAdaptedMatrix(_weight.With([.. copies.SkipLast(2)]), copies[^2], copies[^1]);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        _weight.Dispose();
        _left.Dispose();
        _right.Dispose();
    }
}
