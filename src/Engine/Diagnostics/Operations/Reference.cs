using static TorchSharp.torch;

namespace MlxVideo.Engine.Diagnostics.Operations;

/// <summary>
/// The mathematics of the tested operations in float64 on the CPU, written with matrix products and slices only: independent of the
/// kernels and of libtorch's own convolutions, attention and norms.
/// </summary>
internal static class Reference
{
    public static Tensor Wide(Tensor values) => values.cpu().to(ScalarType.Float64);

    /// <summary>Computes x Wᵀ + b over the last axis.</summary>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias = null)
    {
        using var scope = TensorScope.OpenOnHost();
        var product = matmul(Wide(input).reshape(-1, input.shape[^1]), Wide(weight).t());
        var result = bias is null ? product : product + Wide(bias);
        return result.reshape([.. input.shape[..^1], weight.shape[0]]).MoveToOuterDisposeScope();
    }

    /// <summary>Computes softmax(q kᵀ · scale) v for (B, heads, T, head_dim).</summary>
    public static Tensor Attention(Tensor query, Tensor key, Tensor value, double scale)
    {
        using var scope = TensorScope.OpenOnHost();
        var scores = matmul(Wide(query) * scale, Wide(key).transpose(-1, -2));
        return matmul(Softmax(scores), Wide(value)).MoveToOuterDisposeScope();
    }

    public static Tensor Softmax(Tensor scores)
    {
        using var scope = TensorScope.OpenOnHost();
        var wide = Wide(scores);
        var powers = (wide - wide.amax([-1], keepdim: true)).exp();
        return (powers / powers.sum(-1, keepdim: true)).MoveToOuterDisposeScope();
    }

    /// <summary>Computes a 2-D convolution with stride 1 of (N, C, H, W).</summary>
    /// <param name="padding">Zeros on every side.</param>
    public static Tensor Conv2d(Tensor input, Tensor weight, Tensor? bias, long padding)
    {
        using var scope = TensorScope.OpenOnHost();
        var (height, width) = (input.shape[2], input.shape[3]);
        var padded = zeros([input.shape[0], input.shape[1], height + (2 * padding), width + (2 * padding)], ScalarType.Float64);
        padded.narrow(2, padding, height).narrow(3, padding, width).copy_(Wide(input));
        var (outHeight, outWidth) = (padded.shape[2] - weight.shape[2] + 1, padded.shape[3] - weight.shape[3] + 1);
        var wide = Wide(weight);
        var sum = zeros([input.shape[0], weight.shape[0], outHeight * outWidth], ScalarType.Float64);
        for (var row = 0L; row < weight.shape[2]; row++)
        {
            for (var column = 0L; column < weight.shape[3]; column++)
            {
                using var tap = TensorScope.OpenOnHost();
                var shifted = padded.narrow(2, row, outHeight).narrow(3, column, outWidth).flatten(2);
                sum.add_(matmul(wide.select(3, column).select(2, row), shifted));
            }
        }

        if (bias is not null)
            sum.add_(Wide(bias).view(1, -1, 1));
        return sum.view(input.shape[0], weight.shape[0], outHeight, outWidth).MoveToOuterDisposeScope();
    }

    /// <summary>Computes a 3-D convolution without padding of (1, C, F, H, W).</summary>
    public static Tensor Conv3d(Tensor input, Tensor weight, Tensor bias)
    {
        using var scope = TensorScope.OpenOnHost();
        var frames = input.shape[2] - weight.shape[2] + 1;
        Tensor? sum = null;
        for (var tap = 0L; tap < weight.shape[2]; tap++)
        {
            var images = input.cpu().select(0, 0).narrow(1, tap, frames).transpose(0, 1);
            var part = Conv2d(images, weight.cpu().select(2, tap), tap == 0 ? bias : null, padding: 0);
            sum = sum is null ? part : sum.add_(part);
        }

        return sum!.transpose(0, 1).unsqueeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>Normalises each of <paramref name="groups"/> groups of the channels of (B, C, ...).</summary>
    public static Tensor GroupNorm(Tensor input, long groups, Tensor weight, Tensor bias, double epsilon)
    {
        using var scope = TensorScope.OpenOnHost();
        var grouped = Wide(input).reshape(input.shape[0], groups, -1);
        var centred = grouped - grouped.mean([-1], keepdim: true);
        var normed = centred / (centred.square().mean([-1], keepdim: true) + epsilon).sqrt();
        long[] perChannel = [1, input.shape[1], .. Enumerable.Repeat(1L, input.shape.Length - 2)];
        return (normed.reshape(input.shape) * Wide(weight).view(perChannel) + Wide(bias).view(perChannel)).MoveToOuterDisposeScope();
    }

    /// <summary>Computes x / √(mean(x²) + ε) · weight over the last axis.</summary>
    public static Tensor RmsNorm(Tensor input, Tensor weight, double epsilon)
    {
        using var scope = TensorScope.OpenOnHost();
        var wide = Wide(input);
        return (wide / (wide.square().mean([-1], keepdim: true) + epsilon).sqrt() * Wide(weight)).MoveToOuterDisposeScope();
    }

    /// <summary>Rotates the halves a and b of (B, heads, T, head_dim) to a·cos − b·sin and b·cos + a·sin.</summary>
    public static Tensor Rotate(Tensor input, Tensor cos, Tensor sin)
    {
        using var scope = TensorScope.OpenOnHost();
        var half = input.shape[^1] / 2;
        var (first, second) = (Wide(input).narrow(-1, 0, half), Wide(input).narrow(-1, half, half));
        var (wideCos, wideSin) = (Wide(cos), Wide(sin));
        return cat([first * wideCos - second * wideSin, second * wideCos + first * wideSin], -1).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the largest difference from the expected values, relative to the largest of them.</summary>
    /// <exception cref="InvalidOperationException">The shapes differ.</exception>
    public static double Difference(Tensor actual, Tensor expected)
    {
        using var scope = TensorScope.OpenOnHost();
        if (!actual.shape.SequenceEqual(expected.shape))
            throw new InvalidOperationException(
                $"the result has the shape [{string.Join(", ", actual.shape)}] instead of [{string.Join(", ", expected.shape)}]");
        var difference = (Wide(actual) - expected).abs().max().item<double>();
        return difference == 0 ? 0 : difference / expected.abs().max().item<double>();
    }
}
