using static TorchSharp.torch;

namespace MlxVideo.Engine.Kernels;

/// <summary>
/// conv3d as one conv2d over the concatenated channels of the kernel's frames ("taps"): Metal's own conv3d is slow (pytorch#192213) and
/// reported to be wrong (#197114). Each sum over taps is rounded once.
/// </summary>
internal sealed class TapConvolution(TensorLimits limits)
{
    /// <summary>Elements of the concatenated input computed at a time, which bounds the copy of the input: 32 MiB in bfloat16.</summary>
    private const long ElementsAtOnce = 1L << 24;

    /// <summary>See <see cref="TensorKernels.Conv3d"/>.</summary>
    public Tensor Compute(Tensor input, Tensor weight, Tensor? bias)
    {
        using var scope = TensorScope.Open();
        var (batch, channels, frames, height, width) = (input.shape[0], input.shape[1], input.shape[2], input.shape[3], input.shape[4]);
        var (outChannels, taps) = (weight.shape[0], weight.shape[2]);
        var outFrames = frames - taps + 1;
        limits.Require(input.dtype, input.shape);
        limits.Require(input.dtype, batch, outChannels, outFrames, height - weight.shape[3] + 1, width - weight.shape[4] + 1);
        limits.Require(input.dtype, batch, taps * channels, height, width);
        var flat = weight.transpose(1, 2).reshape(outChannels, taps * channels, weight.shape[3], weight.shape[4]);
        var group = Math.Clamp(ElementsAtOnce / (batch * taps * channels * height * width), 1, outFrames);
        var result = empty(
            [batch, outChannels, outFrames, height - weight.shape[3] + 1, width - weight.shape[4] + 1], input.dtype, input.device);
        for (long start = 0; start < outFrames; start += group)
        {
            using var part = TensorScope.Open();
            var count = Math.Min(group, outFrames - start);
            result.narrow(2, start, count).copy_(Frames(input, flat, bias, taps, start, count));
        }

        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Returns consecutive output frames as a view (B, O, count, H', W') of images.</summary>
    private static Tensor Frames(Tensor input, Tensor weight, Tensor? bias, long taps, long start, long count)
    {
        using var scope = TensorScope.Open();
        var shifted = Enumerable.Range(0, (int)taps).Select(tap => input.narrow(2, start + tap, count).transpose(1, 2)).ToList();
        var images = taps == 1 ? shifted[0].contiguous() : cat(shifted, 2);
        var result = Convolution.Conv2d(images.flatten(0, 1), weight, bias);
        return result.view(input.shape[0], count, result.shape[1], result.shape[2], result.shape[3]).transpose(1, 2)
            .MoveToOuterDisposeScope();
    }
}
