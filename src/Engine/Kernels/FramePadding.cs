using static TorchSharp.torch;

namespace MlxVideo.Engine.Kernels;

/// <summary>
/// Pads three axes a few frames at a time: Metal-safe like <see cref="AxisPadding"/>, without whole copies for each axis and without whole
/// intermediate results of the preparation.
/// </summary>
internal static class FramePadding
{
    /// <summary>Elements prepared and padded at a time: 16 MiB in float32.</summary>
    private const long ElementsAtOnce = 1L << 22;

    /// <summary>See <see cref="TensorKernels.PadVolume"/>.</summary>
    public static Tensor Pad(Tensor input, long framesBefore, long framesAfter, PaddingMode spatial, Func<Tensor, Tensor>? prepare)
    {
        using var scope = TensorScope.Open();
        var frames = input.shape[2];
        var step = Math.Clamp(ElementsAtOnce * frames / Math.Max(1, input.numel()), 1, Math.Max(1, frames));
        var shape = input.shape;
        var padded = empty(
            [shape[0], shape[1], framesBefore + frames + framesAfter, shape[3] + 2, shape[4] + 2], input.dtype, input.device);
        for (long start = 0; start < frames; start += step)
        {
            using var part = TensorScope.Open();
            var count = Math.Min(step, frames - start);
            padded.narrow(2, framesBefore + start, count).copy_(Padded(input.narrow(2, start, count), spatial, prepare));
        }

        if (framesBefore > 0)
            padded.narrow(2, 0, framesBefore).copy_(padded.narrow(2, framesBefore, 1));
        if (framesAfter > 0)
            padded.narrow(2, framesBefore + frames, framesAfter).copy_(padded.narrow(2, framesBefore + frames - 1, 1));
        return padded.MoveToOuterDisposeScope();
    }

    private static Tensor Padded(Tensor frames, PaddingMode spatial, Func<Tensor, Tensor>? prepare)
    {
        using var scope = TensorScope.Open();
        var prepared = prepare is null ? frames : prepare(frames);
        var taller = AxisPadding.Pad(prepared, 3, 1, 1, spatial);
        return AxisPadding.Pad(taller, 4, 1, 1, spatial).MoveToOuterDisposeScope();
    }
}
