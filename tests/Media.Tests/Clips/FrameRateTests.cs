using MlxVideo.Media.Clips;

namespace MlxVideo.Media.Tests.Clips;

public sealed class FrameRateTests
{
    [Theory]
    [InlineData(24, 24, 1)]
    [InlineData(25, 25, 1)]
    [InlineData(30, 30, 1)]
    [InlineData(23.976, 24000, 1001)]
    [InlineData(23.976023976, 24000, 1001)]
    [InlineData(29.97, 30000, 1001)]
    [InlineData(59.94, 60000, 1001)]
    [InlineData(119.88, 120000, 1001)]
    [InlineData(23.98, 1199, 50)]
    [InlineData(12.5, 25, 2)]
    [InlineData(0.1, 1, 10)]
    [InlineData(1, 1, 1)]
    [InlineData(0.00001, 1, 100_000)]
    [InlineData(10.01, 1001, 100)]
    [InlineData(200.00001, 200, 1)]
    public void Decimal_rate_becomes_an_exact_fraction(double fps, int numerator, int denominator) =>
        Assert.Equal(new FrameRate(numerator, denominator), FrameRate.FromFps(fps));

    [Theory]
    [InlineData(0)]
    [InlineData(-24)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Invalid_rate_is_refused(double fps) => Assert.Throws<ArgumentOutOfRangeException>(() => FrameRate.FromFps(fps));
}
