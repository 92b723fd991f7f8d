using MlxVideo.Worker.Capabilities;

namespace MlxVideo.Worker.Tests.Capabilities;

public sealed class MatrixBenchmarkTests
{
    private readonly List<int> _sizes = [];

    [Theory]
    [InlineData(0.005, 512)] // a slow machine is not occupied for long
    [InlineData(0.3, 2048)]
    [InlineData(1000, 4096)] // a fast machine computes larger products, up to a limit
    public void Throughput_is_measured_on_a_sufficiently_large_product(double teraflops, int largest)
    {
        Assert.Equal(teraflops, MatrixBenchmark.TeraflopsPerSecond(size => Seconds(size, teraflops)), 6);
        Assert.Equal(largest, _sizes.Max());
    }

    [Fact]
    public void First_product_and_slow_outliers_are_ignored()
    {
        var products = 0;
        var measured = MatrixBenchmark.TeraflopsPerSecond(size => Seconds(size, 0.001) * (products++ is 0 or 3 ? 100 : 1));
        Assert.Equal(0.001, measured, 6);
    }

    private double Seconds(int size, double teraflops)
    {
        _sizes.Add(size);
        return 2 * Math.Pow(size, 3) / (teraflops * 1e12);
    }
}
