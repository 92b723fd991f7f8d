using static TorchSharp.torch;

namespace MlxVideo.Engine.Kernels;

/// <summary>
/// Pads three axes a few frames at a time and concatenates the frames once: Metal-safe like <see cref="AxisPadding"/>, without whole
/// copies for each axis and without whole intermediate results of the preparation.
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
        var parts = new List<Tensor>();
        for (long start = 0; start < frames; start += step)
            parts.Add(Padded(input.narrow(2, start, Math.Min(step, frames - start)), spatial, prepare));
        var (first, last) = (parts[0], parts[^1]);
        if (framesBefore > 0)
            parts.Insert(0, first.narrow(2, 0, 1).expand(-1, -1, framesBefore, -1, -1));
        if (framesAfter > 0)
            parts.Add(last.narrow(2, last.shape[2] - 1, 1).expand(-1, -1, framesAfter, -1, -1));
        return (parts.Count == 1 ? first : cat(parts, 2)).MoveToOuterDisposeScope();
    }

    private static Tensor Padded(Tensor frames, PaddingMode spatial, Func<Tensor, Tensor>? prepare)
    {
        using var scope = TensorScope.Open();
        var prepared = prepare is null ? frames : prepare(frames);
        var taller = AxisPadding.Pad(prepared, 3, 1, 1, spatial);
        return AxisPadding.Pad(taller, 4, 1, 1, spatial).MoveToOuterDisposeScope();
    }
}
