using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Weights;

/// <summary>
/// The weight (out, in) of a linear layer or the table of an embedding, in one of the forms that checkpoints store:
/// dense, packed by MLX, float8, or any of these with adapters beside it. Sources hand it out on the CPU;
/// <see cref="Place"/> moves it to where it is used.
/// </summary>
public abstract class WeightMatrix : IDisposable
{
    /// <summary>Output features.</summary>
    public abstract long Rows { get; }

    /// <summary>Input features.</summary>
    public abstract long Columns { get; }

    /// <summary>x Wᵀ + b.</summary>
    /// <param name="kernels">How the device multiplies.</param>
    /// <param name="input">(..., in) in the compute dtype.</param>
    /// <param name="bias">(out) or null.</param>
    public abstract Tensor Product(TensorKernels kernels, Tensor input, Tensor? bias);

    /// <summary>The rows of these indices: (n, in) in the compute dtype.</summary>
    /// <param name="indices">(n) int64, on the matrix's device.</param>
    public abstract Tensor SelectRows(Tensor indices);

    /// <summary>All of it as a new dense tensor (out, in), in the dtype it was placed in; float32 or as stored before that.</summary>
    public abstract Tensor Expand();

    /// <summary>This matrix on a device, multiplying in a compute dtype. The receiver must not be used any more.</summary>
    public abstract WeightMatrix Place(Device device, ScalarType dtype);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Disposes its tensors.</summary>
    protected abstract void Dispose(bool disposing);

    /// <summary>A tensor in another dtype and place, outside any dispose scope; the one given is disposed where it was copied.</summary>
    internal static Tensor Move(Tensor tensor, Device device, ScalarType dtype)
    {
        var moved = tensor.to(dtype, device);
        if (!ReferenceEquals(moved, tensor) && moved.Handle != tensor.Handle)
            tensor.Dispose();
        return moved.DetachFromDisposeScope();
    }
}
