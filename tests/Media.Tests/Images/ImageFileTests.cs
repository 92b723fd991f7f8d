using MlxVideo.Media.Clips;
using System.Buffers.Binary;
using System.IO.Hashing;
using MlxVideo.Media.Images;
using static MlxVideo.Media.Tests.Images.TestImages;

namespace MlxVideo.Media.Tests.Images;

public sealed class ImageFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("png", 0)]
    [InlineData("bmp", 0)]
    [InlineData("webp", 40)]
    [InlineData("jpg", 40)]
    [InlineData("gif", 8)]
    public async Task Images_are_read_at_their_own_size(string format, int tolerance)
    {
        var path = _folder.At($"photo%03d.{format}");
        await File.WriteAllBytesAsync(path, await QuartersAsync(format));
        var image = ImageFile.ReadRgb(Programs.Tools, path);
        Assert.Equal((48, 32), (image.Width, image.Height));
        Assert.Equal(48 * 32 * 3, image.Pixels.Length);
        AssertCorners(image, tolerance, Red, Green, Blue, White);
    }

    [Theory]
    [InlineData("png", 0)]
    [InlineData("bmp", 0)]
    [InlineData("webp", 40)]
    [InlineData("mjpeg", 60)]
    public async Task Large_images_are_read_completely(string codec, int tolerance)
    {
        var pixels = new byte[1200 * 800 * 3];
        new Random(1).NextBytes(pixels.AsSpan(0, pixels.Length / 2));
        string[] output = codec == "webp"
            ? ["-c:v", "libwebp", "-lossless", "1", "-f", "webp"]
            : ["-c:v", codec, "-q:v", "1", "-f", "image2pipe"];
        var file = await Programs.FfmpegAsync(
            pixels, ["-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", "1200x800", "-i", "-", .. output, "-"]);
        await File.WriteAllBytesAsync(_folder.At("large"), file);
        var image = ImageFile.ReadRgb(Programs.Tools, _folder.At("large"));
        Assert.Equal((1200, 800), (image.Width, image.Height));
        Assert.InRange(image.Pixels.Zip(pixels, (a, b) => Math.Abs(a - b)).Average(), 0, tolerance);
    }

    [Fact]
    public async Task Format_is_detected_from_the_content_and_not_the_file_name()
    {
        var path = _folder.At("3f2a");
        await File.WriteAllBytesAsync(path, await QuartersAsync("png"));
        Assert.Equal(48, ImageFile.ReadRgb(Programs.Tools, path).Width);
    }

    [Theory]
    [InlineData(1, "RGBW")]
    [InlineData(2, "GRWB")]
    [InlineData(3, "WBGR")]
    [InlineData(4, "BWRG")]
    [InlineData(5, "RBGW")]
    [InlineData(6, "BRWG")]
    [InlineData(7, "WGBR")]
    [InlineData(8, "GWRB")]
    public async Task Exif_orientation_is_applied(int orientation, string corners)
    {
        foreach (
            var (format, insert) in new (
                string, Func<byte[], byte[], byte[]>)[] { ("jpg", IntoJpeg), ("png", IntoPng), ("webp", IntoWebp) })
        {
            foreach (var little in new[] { true, false })
            {
                var path = _folder.At("photo");
                await File.WriteAllBytesAsync(path, insert(await QuartersAsync(format), Exif(orientation, little)));
                var image = ImageFile.ReadRgb(Programs.Tools, path);
                Assert.Equal(orientation < 5 ? (48, 32) : (32, 48), (image.Width, image.Height));
                var expected = corners.Select(corner => corner switch { 'R' => Red, 'G' => Green, 'B' => Blue, _ => White }).ToArray();
                AssertCorners(image, 40, expected);
            }
        }
    }

    [Fact]
    public async Task Damaged_exif_yields_a_valid_orientation()
    {
        var random = new Random(5);
        foreach (
            var file in new[] { IntoJpeg(await QuartersAsync("jpg"), Exif(6, true)), IntoPng(await QuartersAsync("png"), Exif(6, false)),
                IntoWebp(await QuartersAsync("webp"), Exif(6, true)) })
        {
            Assert.Equal(6, ImageOrientation.Find(file));
            for (var round = 0; round < 1000; round++)
            {
                var mutated = file.AsSpan(0, random.Next(file.Length + 1)).ToArray();
                for (var change = 0; change < 3 && mutated.Length > 0; change++)
                    mutated[random.Next(Math.Min(mutated.Length, 100))] = (byte)random.Next(256);
                Assert.InRange(ImageOrientation.Find(mutated), 1, 8);
            }
        }
    }

    [Fact]
    public async Task Transparency_is_dropped()
    {
        var path = _folder.At("a.png");
        var png = await Programs.FfmpegAsync(
            [], "-f", "lavfi", "-i", "color=red@0.3:s=16x16,format=rgba", "-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "-");
        await File.WriteAllBytesAsync(path, png);
        Assert.Equal([255, 0, 0], ImageFile.ReadRgb(Programs.Tools, path).Pixels[..3]);
    }

    [Fact]
    public async Task Damaged_and_non_image_files_are_refused_by_reader_and_probe()
    {
        var png = await QuartersAsync("png");
        var jpeg = await Programs.FfmpegAsync(
            [], "-f", "lavfi", "-i", "mandelbrot=s=320x240", "-frames:v", "1", "-c:v", "mjpeg", "-f", "image2pipe", "-");
        var clip = await Programs.FfmpegAsync([], "-f", "lavfi", "-i", "testsrc=s=64x64:d=1", "-c:v", "libx264", "-f", "matroska", "-");
        var broken = new Dictionary<string, byte[]>
        {
            ["empty.png"] = [],
            ["text.png"] = "no picture"u8.ToArray(),
            ["cut.png"] = png[..(png.Length / 2)],
            ["cut.jpg"] = jpeg[..(jpeg.Length / 2)],
            ["clip.png"] = clip,
            ["list.png"] = "#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n"u8.ToArray(),
        };
        var probe = new FileProbe(Programs.Tools);
        foreach (var (name, bytes) in broken)
        {
            var path = _folder.At(name);
            await File.WriteAllBytesAsync(path, bytes);
            var ex = Assert.Throws<UnreadableImageException>(() => ImageFile.ReadRgb(Programs.Tools, path));
            Assert.StartsWith(
                $"The image {path} can't be read: it is damaged, over 100 megapixels, or not a PNG, JPEG, WebP, BMP or GIF file",
                ex.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', ex.Message);
            Assert.Equal(ex.Message, probe.ImageError(path));
        }

        await File.WriteAllBytesAsync(_folder.At("good.png"), png);
        Assert.Null(probe.ImageError(_folder.At("good.png")));
    }

    [Fact]
    public void Missing_file_is_reported()
    {
        var ex = Assert.Throws<UnreadableImageException>(() => ImageFile.ReadRgb(Programs.Tools, _folder.At("none.png")));
        Assert.StartsWith($"The image {_folder.At("none.png")} can't be read: ", ex.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Image_with_too_many_pixels_is_refused_before_decoding()
    {
        // A PNG header that claims 20 000 x 20 000 pixels.
        var png = await QuartersAsync("png");
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), 20_000);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), 20_000);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Crc32.HashToUInt32(png.AsSpan(12, 17)));
        await File.WriteAllBytesAsync(_folder.At("bomb.png"), png);
        Assert.Throws<UnreadableImageException>(() => ImageFile.ReadRgb(Programs.Tools, _folder.At("bomb.png")));
    }

    /// <summary>Returns a TIFF block with one other entry before the orientation.</summary>
    private static byte[] Exif(int orientation, bool little)
    {
        byte[] Short(int value) => little ? [(byte)value, 0] : [0, (byte)value];
        byte[] Long(int value) => little ? [(byte)value, 0, 0, 0] : [0, 0, 0, (byte)value];
        byte[] Tag(byte high, byte low) => little ? [low, high] : [high, low];
        return
        [
            .. little ? "II*\0"u8 : "MM\0*"u8, .. Long(8), .. Short(2),
            .. Tag(0x01, 0x00), .. Short(4), .. Long(1), .. Long(48),
            .. Tag(0x01, 0x12), .. Short(3), .. Long(1), .. Short(orientation), .. Short(0),
            .. Long(0),
        ];
    }

    private static byte[] IntoJpeg(byte[] jpeg, byte[] exif)
    {
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(2 + 6 + exif.Length));
        return [.. jpeg[..2], 0xFF, 0xE1, .. length, .. "Exif\0\0"u8, .. exif, .. jpeg[2..]];
    }

    private static byte[] IntoPng(byte[] png, byte[] exif)
    {
        const int afterHeader = 8 + 25;
        byte[] body = [.. "eXIf"u8, .. exif];
        var (length, crc) = (new byte[4], new byte[4]);
        BinaryPrimitives.WriteInt32BigEndian(length, exif.Length);
        BinaryPrimitives.WriteUInt32BigEndian(crc, Crc32.HashToUInt32(body));
        return [.. png[..afterHeader], .. length, .. body, .. crc, .. png[afterHeader..]];
    }

    /// <summary>Converts a plain WebP to an extended one with an EXIF chunk at the end.</summary>
    private static byte[] IntoWebp(byte[] webp, byte[] exif)
    {
        var at = webp.AsSpan().IndexOf("VP8L"u8);
        var imageLength = BinaryPrimitives.ReadInt32LittleEndian(webp.AsSpan(at + 4));
        var image = webp[at..(at + 8 + imageLength + imageLength % 2)];
        byte[] header = [.. "VP8X"u8, 10, 0, 0, 0, 0x08, 0, 0, 0, 47, 0, 0, 31, 0, 0];
        byte[] body = [.. "WEBP"u8, .. header, .. image, .. "EXIF"u8, (byte)exif.Length, 0, 0, 0, .. exif];
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, body.Length);
        return [.. "RIFF"u8, .. length, .. body];
    }
}
