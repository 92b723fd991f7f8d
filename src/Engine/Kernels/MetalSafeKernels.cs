using static TorchSharp.torch;

namespace MlxVideo.Engine.Kernels;

/// <summary>
/// Operations in forms that libtorch 2.10 computes correctly on Apple's Metal: attention in query chunks with float32 scores, 2-D
/// linears split along long reductions, conv3d as a conv2d over concatenated taps, group norm from elementary operations.
/// </summary>
public sealed class MetalSafeKernels : TensorKernels
{
    /// <summary>
    /// Longest reduction of a matrix product: products with longer ones read past the end on M1 and M2 (pytorch#193487, and #195163 for
    /// batched ones).
    /// </summary>
    public const long MaxReduction = 32_766;

    private readonly ChunkedAttention _attention;
    private readonly TapConvolution _convolution;
    private readonly TensorLimits _limits;
    private readonly MetalFeatures _features;
    private readonly long _maxReduction;

    /// <param name="maxScores">
    /// Maximum number of attention scores at once; 2^27 are 512 MiB in float32, held twice: before and after the softmax.
    /// </param>
    /// <param name="limits">Tensor size limits; Metal's by default.</param>
    /// <param name="features">Faster forms that the device's self-test approved; none by default.</param>
    /// <param name="maxReduction">Longest reduction of a matrix product; shorter ones in tests.</param>
    public MetalSafeKernels(
        long maxScores = 1L << 27, TensorLimits? limits = null, MetalFeatures? features = null, long maxReduction = MaxReduction)
    {
        (_limits, _features, _maxReduction) = (limits ?? TensorLimits.Metal, features ?? MetalFeatures.None, maxReduction);
        _attention = new ChunkedAttention(maxScores, _limits, maxReduction, _features.NativeAttention);
        _convolution = new TapConvolution(_limits);
    }

    /// <inheritdoc/>
    public override string Name => "metal-safe";

    /// <inheritdoc/>
    public override string Arithmetic => $"{Name}{(_features.NativeAttention ? "+sdpa" : "")}{(_features.FusedRmsNorm ? "+rms" : "")}";

    /// <inheritdoc/>
    public override Tensor Attention(Tensor query, Tensor key, Tensor value, Tensor? mask, double scale) =>
        _attention.Compute(query, key, value, mask, scale);

    /// <inheritdoc/>
    public override Tensor Linear(Tensor input, Tensor weight, Tensor? bias)
    {
        using var scope = TensorScope.Open();
        var inFeatures = weight.shape[1];
        var shape = input.shape.ToArray();
        shape[^1] = weight.shape[0];
        _limits.Require(input.dtype, input.shape);
        _limits.Require(input.dtype, shape);
        var rows = input.reshape(-1, inFeatures).contiguous();
        var result = inFeatures > _maxReduction ? SplitProduct(rows, weight, bias)
            : bias is null ? DeviceOperations.Product(rows, weight.t())
            : DeviceOperations.ProductPlus(bias, rows, weight);
        return result.reshape(shape).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor RmsNorm(Tensor input, double epsilon, Tensor? weight = null) =>
        _features.FusedRmsNorm && (weight is null || weight.dtype == input.dtype) && FusedRmsNorm.IsAvailable(input.device)
            ? FusedRmsNorm.Apply(input.contiguous(), epsilon, weight)
            : base.RmsNorm(input, epsilon, weight);

    /// <inheritdoc/>
    public override Tensor Conv3d(Tensor input, Tensor weight, Tensor? bias) => _convolution.Compute(input, weight, bias);

    /// <inheritdoc/>
    public override Tensor GroupNorm(Tensor input, long groups, Tensor weight, Tensor bias, double epsilon)
    {
        using var scope = TensorScope.Open();
        var channels = input.shape[1];
        _limits.Require(ScalarType.Float32, input.shape);
        var grouped = input.to(ScalarType.Float32).reshape(input.shape[0], groups, -1);
        var mean = grouped.mean([-1], keepdim: true);
        var centred = grouped - mean;
        var normed = centred * (centred.square().mean([-1], keepdim: true) + epsilon).rsqrt();
        var perChannel = Enumerable.Repeat(1L, input.shape.Length).ToArray();
        perChannel[1] = channels;
        var result = normed.reshape(input.shape) * weight.reshape(perChannel) + bias.reshape(perChannel);
        return result.to(input.dtype).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor PadVolume(
        Tensor input, long framesBefore, long framesAfter, PaddingMode spatial, Func<Tensor, Tensor>? prepare = null)
    {
        var (frames, height, width) = (input.shape[2], input.shape[3], input.shape[4]);
        _limits.Require(input.dtype, input.shape[0], input.shape[1], framesBefore + frames + framesAfter, height + 2, width + 2);
        return FramePadding.Pad(input, framesBefore, framesAfter, spatial, prepare);
    }

    /// <inheritdoc/>
    public override Tensor Pad(Tensor input, int axis, long before, long after, PaddingMode mode)
    {
        var shape = input.shape.ToArray();
        shape[axis] += before + after;
        _limits.Require(input.dtype, shape);
        return AxisPadding.Pad(input, axis, before, after, mode);
    }

    /// <summary>Sums products over slices of the reduction in float32 and rounds once.</summary>
    private Tensor SplitProduct(Tensor rows, Tensor weight, Tensor? bias)
    {
        using var scope = TensorScope.Open();
        var inFeatures = weight.shape[1];
        Tensor? sum = null;
        for (long start = 0; start < inFeatures; start += _maxReduction)
        {
            using var slice = TensorScope.Open();
            var length = Math.Min(_maxReduction, inFeatures - start);
            var part = DeviceOperations.Product(
                rows.narrow(1, start, length).contiguous(), weight.narrow(1, start, length).contiguous().t()).to(ScalarType.Float32);
            if (sum is null)
                sum = part.MoveToOuterDisposeScope();
            else
                sum.add_(part);
        }

        if (bias is not null)
            sum!.add_(bias);
        return sum!.to(rows.dtype).MoveToOuterDisposeScope();
    }
}
