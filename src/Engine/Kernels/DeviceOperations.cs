using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.Kernels;

/// <summary>
/// The only calls of operations that Metal computes correctly just for certain operands (docs/precision.md). While
/// <see cref="Watch"/> is active, the watcher receives each operation before it runs; strict mode uses this to inspect the operands.
/// </summary>
internal static class DeviceOperations
{
    [ThreadStatic]
    private static Action<DeviceOperation>? _watcher;

    /// <summary>Passes this thread's operations to <paramref name="watcher"/> until the returned object is disposed.</summary>
    public static IDisposable Watch(Action<DeviceOperation> watcher)
    {
        var outer = _watcher;
        _watcher = watcher;
        return new EndOfWatch(outer);
    }

    /// <summary>2-D convolution without dilation: (N, C, H, W) and (O, C / groups, kh, kw) to (N, O, H', W').</summary>
    public static Tensor Conv2d(Tensor input, Tensor weight, Tensor? bias, long stride, long padding, long groups)
    {
        _watcher?.Invoke(new DeviceOperation(DeviceOperationKind.Convolution, [input, weight]));
        return F.conv2d(
            Convolution.LaidOut(input, weight), weight, bias, strides: [stride, stride], padding: [padding, padding], groups: groups);
    }

    /// <summary>Matrix product over the last two axes, batched over the others.</summary>
    public static Tensor Product(Tensor left, Tensor right)
    {
        _watcher?.Invoke(new DeviceOperation(DeviceOperationKind.MatrixProduct, [left, right], left.shape[^1]));
        return matmul(left, right);
    }

    /// <summary>bias (O) + rows (N, K) · weight (O, K)ᵀ, rounded once.</summary>
    public static Tensor ProductPlus(Tensor bias, Tensor rows, Tensor weight)
    {
        _watcher?.Invoke(new DeviceOperation(DeviceOperationKind.MatrixProduct, [rows, weight], rows.shape[1]));
        return addmm(bias, rows, weight.t(), 1, 1);
    }

    /// <summary>Reverses one axis.</summary>
    public static Tensor Reverse(Tensor input, long axis)
    {
        _watcher?.Invoke(new DeviceOperation(DeviceOperationKind.Reversal, [input], input.shape[axis]));
        return input.flip(axis);
    }

    /// <summary>Overwrites a tensor owned by the caller with its tanh-approximated GELU.</summary>
    public static Tensor GeluInPlace(Tensor own)
    {
        _watcher?.Invoke(new DeviceOperation(DeviceOperationKind.InPlace, [own]));
        return own.gelu_(TorchSharp.Modules.GELU.Approximate.tanh);
    }

    /// <summary>Overwrites a tensor owned by the caller with its SiLU.</summary>
    public static Tensor SiluInPlace(Tensor own)
    {
        _watcher?.Invoke(new DeviceOperation(DeviceOperationKind.InPlace, [own]));
        return own.silu_();
    }

    private sealed class EndOfWatch(Action<DeviceOperation>? outer) : IDisposable
    {
        public void Dispose() => _watcher = outer;
    }
}
