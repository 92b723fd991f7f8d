using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Weights;

/// <summary>
/// The weight (out, in) of a linear layer or the table of an embedding, in one of the stored forms: dense, packed by MLX, float8, or
/// any of these with adapters. Sources supply it on the CPU; <see cref="Place"/> moves it to its device.
/// </summary>
public abstract class WeightMatrix : IDisposable
{
    /// <summary>Output features.</summary>
    public abstract long Rows { get; }

    /// <summary>Input features.</summary>
    public abstract long Columns { get; }

    /// <summary>Computes x Wᵀ + b.</summary>
    /// <param name="input">(..., in) in the compute dtype.</param>
    /// <param name="bias">(out) or null.</param>
    public abstract Tensor Product(TensorKernels kernels, Tensor input, Tensor? bias);

    /// <summary>Returns the rows at these indices: (n, in) in the compute dtype.</summary>
    /// <param name="indices">(n) int64, on the matrix's device.</param>
    public abstract Tensor SelectRows(Tensor indices);

    /// <summary>
    /// Returns the whole matrix as a new dense tensor (out, in), in the dtype passed to <see cref="Place"/>; float32 or as stored
    /// before that.
    /// </summary>
    public abstract Tensor Expand();

    /// <summary>
    /// Moves this matrix to a device; it then multiplies in the given compute dtype. The receiver must not be used afterwards.
    /// </summary>
    public abstract WeightMatrix Place(Device device, ScalarType dtype);

    /// <summary>The tensors of this matrix.</summary>
    internal abstract IReadOnlyList<Tensor> Tensors { get; }

    /// <summary>Returns a matrix like this one that owns the given copies of <see cref="Tensors"/>, in the same order.</summary>
    internal abstract WeightMatrix With(IReadOnlyList<Tensor> copies);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Disposes the tensors.</summary>
    protected abstract void Dispose(bool disposing);

    /// <summary>Converts a tensor to a dtype and device, outside any dispose scope; disposes the given tensor if it was copied.</summary>
    internal static Tensor Move(Tensor tensor, Device device, ScalarType dtype)
    {
        var moved = tensor.to(dtype, device);
        if (!ReferenceEquals(moved, tensor) && moved.Handle != tensor.Handle)
            tensor.Dispose();
        return moved.DetachFromDisposeScope();
    }
}
