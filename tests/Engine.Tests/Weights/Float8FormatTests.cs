using MlxVideo.Engine.Tensors;
using MlxVideo.Engine.Weights;

namespace MlxVideo.Engine.Tests.Weights;

public sealed class Float8FormatTests
{
    [Fact]
    public void E5M2_codes_are_the_upper_byte_of_a_half()
    {
        var halves = Enumerable.Range(0, 256).Select(code => (float)BitConverter.UInt16BitsToHalf((ushort)(code << 8)));
        Assert.Equal(halves, Float8Format.E5M2.Values);
    }

    [Theory]
    [InlineData(0x00, 0)]
    [InlineData(0x01, 0.001953125)]
    [InlineData(0x07, 0.013671875)]
    [InlineData(0x08, 0.015625)]
    [InlineData(0x38, 1)]
    [InlineData(0x7E, 448)]
    [InlineData(0xB8, -1)]
    [InlineData(0x7F, double.NaN)]
    [InlineData(0xFF, double.NaN)]
    public void E4M3_codes_decode_without_infinities(int code, double value) => Assert.Equal(value, Float8Format.E4M3.Values[code]);
}
