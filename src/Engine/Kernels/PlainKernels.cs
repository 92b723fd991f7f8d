using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MlxVideo.Engine.Kernels;

/// <summary>libtorch's own operations, for the CPU and CUDA.</summary>
public sealed class PlainKernels : TensorKernels
{
    /// <inheritdoc/>
    public override string Name => "plain";

    /// <inheritdoc/>
    public override Tensor Attention(Tensor query, Tensor key, Tensor value, Tensor? mask, double scale)
    {
        // TorchSharp's binding has no scale argument: fold the ratio to the built-in 1/√head_dim into the query.
        var headDim = query.shape[^1];
        var builtIn = 1.0 / Math.Sqrt(headDim);
        using var scaled = Math.Abs(scale - builtIn) < 1e-12 ? query.alias() : query * (scale / builtIn);
        return F.scaled_dot_product_attention(scaled, key, value, mask);
    }

    /// <inheritdoc/>
    public override Tensor Linear(Tensor input, Tensor weight, Tensor? bias) => F.linear(input, weight, bias);

    /// <inheritdoc/>
    public override Tensor Conv3d(Tensor input, Tensor weight, Tensor? bias) => Convolution.Conv3d(input, weight, bias);

    /// <inheritdoc/>
    public override Tensor GroupNorm(Tensor input, long groups, Tensor weight, Tensor bias, double epsilon) =>
        F.group_norm(input, groups, weight, bias, epsilon);

    /// <inheritdoc/>
    public override Tensor PadVolume(
        Tensor input, long framesBefore, long framesAfter, PaddingMode spatial, Func<Tensor, Tensor>? prepare = null) =>
        VolumePadding.Pad(input, framesBefore, framesAfter, spatial, prepare);

    /// <inheritdoc/>
    public override Tensor Pad(Tensor input, int axis, long before, long after, PaddingMode mode) =>
        AxisPadding.Pad(input, axis, before, after, mode);
}
