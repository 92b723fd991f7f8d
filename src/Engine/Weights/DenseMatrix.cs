using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Weights;

/// <summary>An unpacked weight (out, in); takes ownership of the tensor.</summary>
public sealed class DenseMatrix(Tensor weight) : WeightMatrix
{
    public Tensor Weight => weight;

    /// <inheritdoc/>
    public override long Rows => weight.shape[0];

    /// <inheritdoc/>
    public override long Columns => weight.shape[1];

    /// <inheritdoc/>
    public override Tensor Product(TensorKernels kernels, Tensor input, Tensor? bias) => kernels.Linear(input, weight, bias);

    /// <inheritdoc/>
    public override Tensor SelectRows(Tensor indices) => weight.index_select(0, indices);

    /// <inheritdoc/>
    public override Tensor Expand() => weight.clone();

    /// <inheritdoc/>
    public override WeightMatrix Place(Device device, ScalarType dtype) => new DenseMatrix(Move(weight, device, dtype));

    /// <inheritdoc/>
    internal override IReadOnlyList<Tensor> Tensors => [weight];

    /// <inheritdoc/>
    internal override WeightMatrix With(IReadOnlyList<Tensor> copies) => new DenseMatrix(copies[0]);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            weight.Dispose();
    }
}
