using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Images;

namespace MlxVideo.Media.Tests.Images;

public sealed class ImageCompressionTests
{
    [Theory]
    [InlineData(64, 48, 64, 48)]
    [InlineData(65, 49, 64, 48)]
    [InlineData(65, 48, 64, 48)]
    [InlineData(64, 49, 64, 48)]
    public void Compression_preserves_the_image_and_drops_an_odd_row_or_column(int width, int height, int evenWidth, int evenHeight)
    {
        var image = Noisy(width, height);
        var result = ImageCompression.RoundTrip(Programs.Tools, image, 33);
        Assert.Equal((evenWidth, evenHeight), (result.Width, result.Height));
        Assert.Equal(evenWidth * evenHeight * 3, result.Pixels.Length);
        var error = Error(image, result);
        Assert.InRange(error, 0.5, 12);
    }

    [Fact]
    public void Higher_factor_increases_the_loss_and_compression_is_deterministic()
    {
        var image = Noisy(128, 96);
        var (fine, usual) = (ImageCompression.RoundTrip(Programs.Tools, image, 18), ImageCompression.RoundTrip(Programs.Tools, image, 33));
        Assert.True(Error(image, fine) < Error(image, usual));
        Assert.Equal(usual.Pixels, ImageCompression.RoundTrip(Programs.Tools, image, 33).Pixels);
    }

    [Fact]
    public void Factor_zero_and_tiny_images_are_left_unchanged()
    {
        var image = Noisy(65, 49);
        Assert.Same(image, ImageCompression.RoundTrip(Programs.Tools, image, 0));
        var line = Noisy(1, 40);
        Assert.Same(line, ImageCompression.RoundTrip(Programs.Tools, line, 33));
    }

    [Theory]
    [InlineData(17_000, 1_200, 512, 512, 1_204, 1_200)]
    [InlineData(1_201, 17_001, 512, 512, 1_201, 1_205)]
    [InlineData(30_000, 3_000, 4096, 512, 24_004, 3_000)]
    public void Image_too_large_to_compress_is_cropped_to_the_visible_area(
        int width, int height, int clipWidth, int clipHeight, int keptWidth, int keptHeight)
    {
        var image = new RgbImage(width, height, new byte[width * height * 3]);
        image.Pixels[(height / 2 * width + width / 2) * 3] = 200;
        (int, int)[] targets = [(clipWidth / 2, clipHeight / 2), (clipWidth, clipHeight)];
        Assert.Same(image, VisibleRegion.Of(image, targets, isCompressed: false));
        var kept = VisibleRegion.Of(image, targets, isCompressed: true);
        Assert.Equal((keptWidth, keptHeight), (kept.Width, kept.Height));
        Assert.Equal(200, kept.Pixels[(keptHeight / 2 * keptWidth + keptWidth / 2) * 3]);
        var result = ImageCompression.RoundTrip(Programs.Tools, kept, 33);
        Assert.InRange(Math.Max(result.Width, result.Height), 1, ImageCompression.MaxSide);
        Assert.Equal(0, result.Width % 2 + result.Height % 2);
        Assert.InRange((double)result.Width / result.Height * keptHeight / keptWidth, 0.99, 1.01);
    }

    [Theory]
    [InlineData(16_384, 64)]
    [InlineData(3, 16_384)]
    [InlineData(2, 2)]
    public void Images_up_to_the_encoder_limit_are_compressed_at_their_own_size(int width, int height)
    {
        var image = Noisy(width, height);
        Assert.Same(image, VisibleRegion.Of(image, [(64, 64)], isCompressed: true));
        var result = ImageCompression.RoundTrip(Programs.Tools, image, 33);
        Assert.Equal((width / 2 * 2, height / 2 * 2), (result.Width, result.Height));
    }

    [Theory]
    [InlineData(1, 60_000, 1, 6)]
    [InlineData(60_000, 2, 6, 2)]
    public void Extremely_thin_images_are_cropped_before_scaling(int width, int height, int keptWidth, int keptHeight)
    {
        var kept = VisibleRegion.Of(Noisy(width, height), [(512, 512)], isCompressed: false);
        Assert.Equal((keptWidth, keptHeight), (kept.Width, kept.Height));
    }

    [Fact]
    public void Missing_x264_is_a_machine_fault_and_a_refused_image_is_an_image_fault()
    {
        using var folder = new TestFolder();
        var bare = folder.Script("ffmpeg", "cat >/dev/null\necho \"Unknown encoder 'libx264'\" >&2\nexit 1\n");
        var ex = Assert.Throws<MediaException>(() => ImageCompression.RoundTrip(new FfmpegTools(bare, bare), Noisy(64, 64), 33));
        Assert.Equal($"{bare} is built without libx264, which is required to compress conditioning images: install an ffmpeg that "
            + "includes it (apt-get install ffmpeg, brew install ffmpeg).", ex.Message);
        var strict = folder.Script("strict", "cat >/dev/null\necho 'invalid width x height' >&2\nexit 1\n");
        Assert.Throws<UnreadableImageException>(() => ImageCompression.RoundTrip(new FfmpegTools(strict, strict), Noisy(64, 64), 33));
    }

    private static RgbImage Noisy(int width, int height)
    {
        var random = new Random(3);
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(40 + i / 3 % width * 100 / width + i / 3 / width * 60 / height + random.Next(24));
        return new RgbImage(width, height, pixels);
    }

    /// <summary>Mean absolute difference over the pixels common to both images.</summary>
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
