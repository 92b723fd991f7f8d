using static TorchSharp.torch;

namespace MlxVideo.Engine.Kernels;

/// <summary>
/// Pads three axes with a single copy of the input, by writing into slices of the result. Three calls of <see cref="AxisPadding"/> give
/// the same bits with three copies. Not for Metal, where writing into slices of rows and columns is best avoided.
/// </summary>
internal static class VolumePadding
{
    /// <summary>Elements prepared at a time; the limit keeps intermediate results in the processor's caches.</summary>
    private const long PreparedAtOnce = 1 << 20;

    /// <summary>See <see cref="TensorKernels.PadVolume"/>.</summary>
    public static Tensor Pad(Tensor input, long framesBefore, long framesAfter, PaddingMode spatial, Func<Tensor, Tensor>? prepare = null)
    {
        using var scope = TensorScope.Open();
        var (frames, height, width) = (input.shape[2], input.shape[3], input.shape[4]);
        var padded =
            empty([input.shape[0], input.shape[1], framesBefore + frames + framesAfter, height + 2, width + 2], input.dtype, input.device);
        var filled = padded.narrow(2, framesBefore, frames);
        Fill(filled.narrow(3, 1, height).narrow(4, 1, width), input, prepare);
        FillEdges(filled.narrow(3, 1, height), 4, width, spatial);
        FillEdges(filled, 3, height, spatial);
        if (framesBefore > 0)
            padded.narrow(2, 0, framesBefore).copy_(padded.narrow(2, framesBefore, 1));
        if (framesAfter > 0)
            padded.narrow(2, framesBefore + frames, framesAfter).copy_(padded.narrow(2, framesBefore + frames - 1, 1));
        return padded.MoveToOuterDisposeScope();
    }

    private static void Fill(Tensor place, Tensor input, Func<Tensor, Tensor>? prepare)
    {
        if (prepare is null)
        {
            place.copy_(input);
            return;
        }

        var frames = input.shape[2];
        var step = Math.Clamp(PreparedAtOnce * frames / Math.Max(1, input.numel()), 1, Math.Max(1, frames));
        for (long start = 0; start < frames; start += step)
        {
            using var scope = TensorScope.Open();
            var count = Math.Min(step, frames - start);
            place.narrow(2, start, count).copy_(prepare(input.narrow(2, start, count)));
        }
    }

    /// <summary>Fills the first and last position of an axis from the <paramref name="size"/> positions between them.</summary>
    private static void FillEdges(Tensor padded, int axis, long size, PaddingMode mode)
    {
        var (first, last) = (padded.select(axis, 0), padded.select(axis, size + 1));
        switch (mode)
        {
            case PaddingMode.Zeros:
                first.zero_();
                last.zero_();
                break;
            case PaddingMode.Replicate:
                first.copy_(padded.select(axis, 1));
                last.copy_(padded.select(axis, size));
                break;
            case PaddingMode.Reflect:
                if (size < 2)
                    throw new ArgumentException(
                        $"Reflecting 1 position on axis {axis} needs more than its {size} positions.", nameof(size));
                first.copy_(padded.select(axis, 2));
                last.copy_(padded.select(axis, size - 1));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(mode), mode, "Unknown padding mode.");
        }
    }
}
