using MlxVideo.Media.Images;

namespace MlxVideo.Media.Tests.Images;

public sealed class ImageCompressionTests
{
    [Theory]
    [InlineData(64, 48, 64, 48)]
    [InlineData(65, 49, 64, 48)]
    [InlineData(65, 48, 64, 48)]
    [InlineData(64, 49, 64, 48)]
    public void A_picture_keeps_its_look_and_loses_an_odd_row_and_column(int width, int height, int evenWidth, int evenHeight)
    {
        var image = Noisy(width, height);
        var result = ImageCompression.RoundTrip(Programs.Tools, image, 33);
        Assert.Equal((evenWidth, evenHeight), (result.Width, result.Height));
        Assert.Equal(evenWidth * evenHeight * 3, result.Pixels.Length);
        var error = Error(image, result);
        Assert.InRange(error, 0.5, 12);
    }

    [Fact]
    public void A_higher_factor_loses_more_and_the_same_one_gives_the_same_bytes()
    {
        var image = Noisy(128, 96);
        var (fine, usual) = (ImageCompression.RoundTrip(Programs.Tools, image, 18), ImageCompression.RoundTrip(Programs.Tools, image, 33));
        Assert.True(Error(image, fine) < Error(image, usual));
        Assert.Equal(usual.Pixels, ImageCompression.RoundTrip(Programs.Tools, image, 33).Pixels);
    }

    [Fact]
    public void Factor_zero_and_tiny_pictures_are_left_alone()
    {
        var image = Noisy(65, 49);
        Assert.Same(image, ImageCompression.RoundTrip(Programs.Tools, image, 0));
        var line = Noisy(1, 40);
        Assert.Same(line, ImageCompression.RoundTrip(Programs.Tools, line, 33));
    }

    private static RgbImage Noisy(int width, int height)
    {
        var random = new Random(3);
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(40 + i / 3 % width * 100 / width + i / 3 / width * 60 / height + random.Next(24));
        return new RgbImage(width, height, pixels);
    }

    /// <summary>Mean absolute difference over the pixels that both have.</summary>
    private static double Error(RgbImage image, RgbImage result)
    {
        var sum = 0.0;
        for (var y = 0; y < result.Height; y++)
        {
            for (var i = 0; i < result.Width * 3; i++)
                sum += Math.Abs(image.Pixels[y * image.Width * 3 + i] - result.Pixels[y * result.Width * 3 + i]);
        }

        return sum / result.Pixels.Length;
    }
}
