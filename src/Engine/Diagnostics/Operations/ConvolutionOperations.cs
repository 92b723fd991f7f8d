using MlxVideo.Engine.Kernels;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Diagnostics.Operations;

/// <summary>Convolutions and their padding.</summary>
internal static class ConvolutionOperations
{
    /// <summary>All operations of this kind.</summary>
    public static IReadOnlyList<TestedOperation> All { get; } =
    [
        // Frames of a video as a strided batch of images (pytorch#169342).
        new("conv2d-strided-view",
            inputs => [inputs.Normal(64, 5, 16, 24), inputs.Normal(64, 64, 3, 3), inputs.Normal(64)],
            (_, inputs) => Convolution.Conv2d(inputs[0].transpose(0, 1), inputs[1], inputs[2], padding: 1),
            inputs => Reference.Conv2d(inputs[0].transpose(0, 1), inputs[1], inputs[2], padding: 1)),

        // More than 2^16 pixels.
        new("conv2d-67584-pixels",
            inputs => [inputs.Normal(1, 16, 264, 256), inputs.Normal(16, 16, 3, 3), inputs.Normal(16)],
            (_, inputs) => Convolution.Conv2d(inputs[0], inputs[1], inputs[2], padding: 1),
            inputs => Reference.Conv2d(inputs[0], inputs[1], inputs[2], padding: 1)),

        // A convolution of the video decoder (pytorch#197114).
        new("conv3d",
            inputs => [inputs.Normal(1, 64, 5, 34, 34), inputs.Normal(64, 64, 3, 3, 3), inputs.Normal(64)],
            (compute, inputs) => compute.Kernels.Conv3d(inputs[0], inputs[1], inputs[2]),
            inputs => Reference.Conv3d(inputs[0], inputs[1], inputs[2])),

        // Its padding; libtorch's own fails above 65 536 pixels (pytorch#194922).
        new("pad-67584-pixels", inputs => [inputs.Normal(1, 8, 2, 264, 256)],
            (compute, inputs) => compute.Kernels.PadVolume(inputs[0], 2, 1, PaddingMode.Reflect),
            inputs => PadByIndex(inputs[0], [0, 0, 0, 1, 1], 2, Mirrored(264), Mirrored(256)))
        {
            IsExact = true,
        },

        // Mirrors a single row.
        new("flip-one-row", inputs => [inputs.Normal(1, 8, 3, 2, 40)],
            (compute, inputs) => compute.Kernels.Pad(inputs[0], 3, 1, 1, PaddingMode.Reflect),
            inputs => inputs[0].index_select(3, tensor(new long[] { 1, 0, 1, 0 })))
        {
            IsExact = true,
        },
    ];

    /// <summary>The source rows of an axis that is padded with one mirrored row on each side.</summary>
    private static long[] Mirrored(long size) => [1, .. Enumerable.Range(0, (int)size).Select(index => (long)index), size - 2];

    private static Tensor PadByIndex(Tensor input, long[] frames, int firstAxis, long[] rows, long[] columns)
    {
        using var scope = TensorScope.OpenOnHost();
        return input.index_select(firstAxis, tensor(frames)).index_select(firstAxis + 1, tensor(rows))
            .index_select(firstAxis + 2, tensor(columns)).MoveToOuterDisposeScope();
    }
}
