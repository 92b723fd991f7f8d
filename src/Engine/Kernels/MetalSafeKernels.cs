using static TorchSharp.torch;

namespace MlxVideo.Engine.Kernels;

/// <summary>
/// Operations in forms that libtorch 2.10 computes correctly on Apple's Metal: attention in query chunks with float32 softmax, 2-D
/// linears split along long reductions, conv3d as a sum of conv2d taps, group norm from elementary operations.
/// </summary>
public sealed class MetalSafeKernels : TensorKernels
{
    /// <summary>Matrix products with longer reductions read past the end on M1 and M2 (pytorch#193487).</summary>
    private const long MaxReduction = 32_766;

    /// <summary>Maximum number of attention scores computed at once (heads × queries × keys).</summary>
    private readonly long _maxScores;

    private readonly TensorLimits _limits;

    /// <param name="maxScores">Maximum number of attention scores at once; 2^28 is 1 GiB in float32.</param>
    /// <param name="limits">Tensor size limits; Metal's by default.</param>
    public MetalSafeKernels(long maxScores = 1L << 28, TensorLimits? limits = null) =>
        (_maxScores, _limits) = (maxScores, limits ?? TensorLimits.Metal);

    /// <inheritdoc/>
    public override string Name => "metal-safe";

    /// <inheritdoc/>
    public override Tensor Attention(Tensor query, Tensor key, Tensor value, Tensor? mask, double scale)
    {
        using var scope = TensorScope.Open();
        var (batch, heads, queries, keys) = (query.shape[0], query.shape[1], query.shape[2], key.shape[2]);
        var chunk = Math.Clamp(_maxScores / Math.Max(1, batch * heads * keys), 1, Math.Max(1, queries));
        _limits.Require(query.dtype, query.shape);
        _limits.Require(key.dtype, key.shape);
        _limits.Require(ScalarType.Float32, batch, heads, chunk, keys);
        var keyTransposed = key.transpose(-1, -2).contiguous();
        var values = value.contiguous();
        var parts = new List<Tensor>();
        for (long start = 0; start < queries; start += chunk)
            parts.Add(AttendChunk(query, start, Math.Min(chunk, queries - start), keyTransposed, values, mask, scale));
        var result = parts.Count == 1 ? parts[0] : cat(parts, 2);
        return result.MoveToOuterDisposeScope();
    }

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
        Tensor? sum = null;
        for (long start = 0; start < inFeatures; start += MaxReduction)
        {
            var length = Math.Min(MaxReduction, inFeatures - start);
            var part = length == inFeatures
                ? matmul(rows, weight.t())
                : matmul(rows.narrow(1, start, length).contiguous(), weight.narrow(1, start, length).contiguous().t());
            sum = sum is null ? part : sum + part;
        }

        var result = bias is null ? sum! : sum! + bias;
        return result.reshape(shape).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Conv3d(Tensor input, Tensor weight, Tensor? bias)
    {
        using var scope = TensorScope.Open();
        var (batch, frames) = (input.shape[0], input.shape[2]);
        var taps = weight.shape[2];
        var outFrames = frames - taps + 1;
        _limits.Require(input.dtype, input.shape);
        _limits.Require(
            input.dtype, batch, weight.shape[0], outFrames, input.shape[3] - weight.shape[3] + 1, input.shape[4] - weight.shape[4] + 1);
        Tensor? sum = null;
        for (long tap = 0; tap < taps; tap++)
        {
            var images = input.narrow(2, tap, outFrames).transpose(1, 2).flatten(0, 1).contiguous();
            var part = Convolution.Conv2d(images, weight.select(2, tap).contiguous(), tap == 0 ? bias : null);
            sum = sum is null ? part : sum.add_(part);
        }

        return sum!.view(batch, outFrames, sum.shape[1], sum.shape[2], sum.shape[3]).transpose(1, 2).contiguous().MoveToOuterDisposeScope();
    }

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
    public override Tensor Pad(Tensor input, int axis, long before, long after, PaddingMode mode)
    {
        var shape = input.shape.ToArray();
        shape[axis] += before + after;
        _limits.Require(input.dtype, shape);
        return AxisPadding.Pad(input, axis, before, after, mode);
    }

    private static Tensor AttendChunk(Tensor query, long start, long length, Tensor keyTransposed, Tensor value, Tensor? mask, double scale)
    {
        using var scope = TensorScope.Open();
        var scores = matmul(query.narrow(2, start, length).contiguous() * scale, keyTransposed).to(ScalarType.Float32);
        if (mask is not null)
            scores = scores + (mask.shape[^2] == 1 ? mask : mask.narrow(-2, start, length));
        var weights = scores.softmax(-1).to(value.dtype);
        return matmul(weights, value).MoveToOuterDisposeScope();
    }
}
