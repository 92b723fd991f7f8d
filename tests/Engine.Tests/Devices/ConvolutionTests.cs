using MlxVideo.Engine.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MlxVideo.Engine.Tests.Devices;

/// <summary>Convolutions are accurate for every channel count on every processor, measured against float64.</summary>
public sealed class ConvolutionTests
{
    private const double Float32Error = 1e-6;
    private const double Bfloat16Error = 4e-3;

    /// <summary>Input and output channels: multiples of 16, fewer than 16, and multiples with a remainder.</summary>
    public static TheoryData<int, int> Channels() =>
        new() { { 16, 32 }, { 3, 5 }, { 4, 8 }, { 8, 48 }, { 17, 19 }, { 24, 24 }, { 48, 129 } };

    [Theory]
    [MemberData(nameof(Channels))]
    public void Volume_convolution_matches_float64(int from, int to)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var input = randn([1, from, 4, 6, 7], generator: generator).to(ScalarType.BFloat16);
        var weight = (randn([to, from, 3, 3, 3], generator: generator) / Math.Sqrt(from * 27)).to(ScalarType.BFloat16);
        var expected = nn.functional.conv3d(input.to(ScalarType.Float64), weight.to(ScalarType.Float64));
        foreach (var kernels in new TensorKernels[] { new PlainKernels(), new MetalSafeKernels() })
        {
            Assert.InRange(RelativeError(kernels.Conv3d(input, weight, null), expected), 0, Bfloat16Error);
            Assert.InRange(RelativeError(kernels.Conv3d(input.to(ScalarType.Float32), weight.to(ScalarType.Float32), null), expected), 0,
                Float32Error);
        }
    }

    [Theory]
    [MemberData(nameof(Channels))]
    public void Image_convolution_matches_float64(int from, int to)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var input = randn([2, from, 8, 7], generator: generator).to(ScalarType.BFloat16);
        var weight = (randn([to, from, 3, 3], generator: generator) / Math.Sqrt(from * 9)).to(ScalarType.BFloat16);
        var bias = randn([to], generator: generator).to(ScalarType.BFloat16);
        var expected = nn.functional.conv2d(
            input.to(ScalarType.Float64), weight.to(ScalarType.Float64), bias.to(ScalarType.Float64), strides: [2, 2], padding: [1, 1]);
        Assert.InRange(RelativeError(Convolution.Conv2d(input, weight, bias, stride: 2, padding: 1), expected), 0, Bfloat16Error);
        var exact = Convolution.Conv2d(
            input.to(ScalarType.Float32), weight.to(ScalarType.Float32), bias.to(ScalarType.Float32), stride: 2, padding: 1);
        Assert.InRange(RelativeError(exact, expected), 0, Float32Error);
        Assert.True(exact.is_contiguous());
    }

    private static double RelativeError(Tensor actual, Tensor expected) =>
        ((actual.to(ScalarType.Float64) - expected).square().mean().sqrt() / expected.square().mean().sqrt()).item<double>();
}
