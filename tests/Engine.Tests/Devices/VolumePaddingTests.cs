using MlxVideo.Engine.Kernels;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Devices;

public sealed class VolumePaddingTests
{
    [Theory]
    [InlineData(2, 0, PaddingMode.Zeros)]
    [InlineData(2, 0, PaddingMode.Reflect)]
    [InlineData(1, 1, PaddingMode.Reflect)]
    [InlineData(1, 1, PaddingMode.Replicate)]
    [InlineData(0, 0, PaddingMode.Zeros)]
    public void Padding_all_axes_at_once_gives_the_same_bits_as_axis_by_axis(long before, long after, PaddingMode spatial)
    {
        using var scope = NewDisposeScope();
        var input = randn([2, 3, 4, 5, 6], generator: new Generator(1)).transpose(3, 4);
        var expected = new MetalSafeKernels().PadVolume(input, before, after, spatial);
        var actual = new PlainKernels().PadVolume(input, before, after, spatial);
        Assert.Equal([2L, 3, 4 + before + after, 8, 7], actual.shape);
        Assert.True(actual.is_contiguous());
        Assert.True(expected.equal(actual).all().item<bool>());
    }

    [Fact]
    public void Chunked_preparation_gives_the_same_bits_as_preparing_all_frames_at_once()
    {
        using var scope = NewDisposeScope();
        var input = randn([1, 64, 7, 40, 100], generator: new Generator(1)); // 7 frames of 256 000 elements: prepared 4 at a time
        var seen = new List<long>();
        Tensor Prepare(Tensor part)
        {
            seen.Add(part.shape[2]);
            return part * 2;
        }

        var expected = new PlainKernels().PadVolume(input * 2, 1, 1, PaddingMode.Reflect);
        Assert.True(expected.equal(new PlainKernels().PadVolume(input, 1, 1, PaddingMode.Reflect, Prepare)).all().item<bool>());
        Assert.Equal([4L, 3], seen);
        Assert.True(expected.equal(new MetalSafeKernels().PadVolume(input, 1, 1, PaddingMode.Reflect, Prepare)).all().item<bool>());
    }

    [Fact]
    public void Reflect_padding_of_a_single_row_is_refused() =>
        Assert.Throws<ArgumentException>(() => new PlainKernels().PadVolume(zeros([1, 1, 2, 1, 3]), 1, 1, PaddingMode.Reflect));
}
