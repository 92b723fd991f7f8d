using static TorchSharp.torch;

namespace MlxVideo.Engine.Kernels;

/// <summary>Kinds of operations that Metal computes correctly only for certain operands.</summary>
public enum DeviceOperationKind
{
    Convolution,
    MatrixProduct,
    Reversal,

    /// <summary>
    /// In-place operations without a strided Metal kernel; <c>add_</c>, <c>sub_</c>, <c>mul_</c>, <c>div_</c> and <c>copy_</c> have one.
    /// </summary>
    InPlace,
}

/// <summary>An operation about to run on the device.</summary>
/// <param name="Operands">The tensors whose memory layout matters.</param>
/// <param name="Length">Products: the length of the reduction. Reversals: the size of the reversed axis. Others: 0.</param>
public sealed record DeviceOperation(DeviceOperationKind Kind, IReadOnlyList<Tensor> Operands, long Length = 0);
