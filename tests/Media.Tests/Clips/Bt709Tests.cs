using MlxVideo.Media.Clips;

namespace MlxVideo.Media.Tests.Clips;

public sealed class Bt709Tests
{
    [Fact]
    public void Converted_colours_are_within_half_a_step_of_the_standard()
    {
        var yuv = new byte[6];
        for (var red = 0; red <= 255; red += 15)
        {
            for (var green = 0; green <= 255; green += 15)
            {
                for (var blue = 0; blue <= 255; blue += 15)
                {
                    Bt709.Convert(Flat(red, green, blue), 2, 2, yuv);
                    // ITU-R BT.709-6, items 3.2 to 3.4, 8 bits.
                    var luma = (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
                    Assert.InRange(yuv[0] - (16 + 219 * luma), -0.51, 0.51);
                    Assert.Equal([yuv[0], yuv[0], yuv[0]], yuv[1..4]);
                    Assert.InRange(yuv[4] - (128 + 224 * (blue / 255.0 - luma) / 1.8556), -0.51, 0.51);
                    Assert.InRange(yuv[5] - (128 + 224 * (red / 255.0 - luma) / 1.5748), -0.51, 0.51);
                }
            }
        }
    }

    [Fact]
    public void Greys_have_neutral_chroma()
    {
        var yuv = new byte[6];
        for (var grey = 0; grey <= 255; grey++)
        {
            Bt709.Convert(Flat(grey, grey, grey), 2, 2, yuv);
            Assert.Equal([128, 128], yuv[4..]);
        }
    }

    [Fact]
    public void Planes_are_contiguous_and_chroma_is_the_mean_of_four_pixels()
    {
        // 4 x 2 pixels: the left square is half red and half black, the right one blue.
        byte[] row = [255, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 255];
        var yuv = new byte[Bt709.FrameLength(4, 2)];
        Bt709.Convert([.. row, .. row], 4, 2, yuv);
        Assert.Equal([63, 16, 32, 32, 63, 16, 32, 32], yuv[..8]);
        Assert.Equal([115, 240], yuv[8..10]);
        Assert.Equal([184, 118], yuv[10..]);
    }

    private static byte[] Flat(int red, int green, int blue) =>
        Enumerable.Repeat(new[] { (byte)red, (byte)green, (byte)blue }, 4).SelectMany(pixel => pixel).ToArray();
}
