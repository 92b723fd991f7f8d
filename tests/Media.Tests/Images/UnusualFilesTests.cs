using System.Buffers.Binary;
using MlxVideo.Media.Images;
using static MlxVideo.Media.Tests.Images.TestImages;

namespace MlxVideo.Media.Tests.Images;

/// <summary>Files that every viewer opens although a decoder reports errors, and damaged files that only resemble them.</summary>
public sealed class UnusualFilesTests : IDisposable
{
    private const int PngHeaderEnd = 8 + 25;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("png")]
    [InlineData("jpg")]
    [InlineData("webp")]
    [InlineData("bmp")]
    [InlineData("gif")]
    public async Task Trailing_bytes_are_ignored(string format)
    {
        var file = await QuartersAsync(format);
        var plain = Read(file);
        byte[][] tails =
            [[1], new byte[5000], [.. file, .. file], "\nZIPDATA and more\n"u8.ToArray(),
                Enumerable.Range(0, 3000).Select(i => (byte)(i * 37)).ToArray()];
        foreach (var tail in tails)
            Assert.Equal(plain.Pixels, Read([.. file, .. tail]).Pixels);
    }

    [Fact]
    public async Task First_frame_of_an_animated_png_is_read()
    {
        var png = await QuartersAsync("png");
        var plain = Read(png);
        foreach (var size in new[] { "48x32", "700x500" }) // the second size exceeds a pipe's buffer
        {
            var animation =
                await Programs.FfmpegAsync([], "-f", "lavfi", "-i", $"testsrc2=s={size}:r=5:d=1", "-f", "apng", "-plays", "0", "-");
            var first = await Programs.FfmpegAsync(
                [], "-f", "lavfi", "-i", $"testsrc2=s={size}:r=5:d=1", "-frames:v", "1", "-pix_fmt", "rgb24", "-f", "rawvideo", "-");
            Assert.Equal(first, Read(animation).Pixels);
        }

        // A default image outside the animation, which viewers without animation support show.
        byte[] frameControl = [0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 10, 0, 0];
        byte[] hidden =
            [.. png[..PngHeaderEnd], .. PngChunk("acTL", [0, 0, 0, 1, 0, 0, 0, 0]), .. png[PngHeaderEnd..^12],
                .. PngChunk("fcTL", frameControl), .. PngChunk("fdAT", [0, 0, 0, 1, 1, 2, 3]), .. png[^12..]];
        Assert.Equal(plain.Pixels, Read(hidden).Pixels);
    }

    [Fact]
    public async Task First_frame_of_an_animated_webp_is_read()
    {
        var first = await StillAsync("red", 48, 32);
        var second = await StillAsync("blue", 48, 32);
        var image = Read(Animation(48, 32, (first, 0, 0, 48, 32), (second, 0, 0, 48, 32)));
        Assert.Equal((48, 32), (image.Width, image.Height));
        AssertCorners(image, 3, Red, Red, Red, Red);

        // A frame smaller than the canvas, which is transparent around it.
        var placed = Read(Animation(60, 40, (first, 12, 8, 48, 32), (second, 0, 0, 48, 32)));
        Assert.Equal((60, 40), (placed.Width, placed.Height));
        AssertCorners(placed, 3, [0, 0, 0], [0, 0, 0], [0, 0, 0], Red);

        AssertRefused(Animation(40, 30, (first, 12, 8, 48, 32)));
        AssertRefused(Animation(48, 32, (first, 0, 0, 48, 32))[..70]);
    }

    [Fact]
    public async Task First_frame_of_a_large_animated_gif_is_read()
    {
        var gif = await Programs.FfmpegAsync([], "-f", "lavfi", "-i", "testsrc2=s=900x700:r=5:d=1", "-f", "gif", "-");
        var image = Read(gif);
        Assert.Equal((900, 700), (image.Width, image.Height));
        Assert.Equal(image.Pixels, Read(gif[..(gif.Length * 9 / 10)]).Pixels); // truncated within a later frame
        AssertRefused(gif[..(gif.Length / 10)]);
    }

    [Theory]
    [InlineData("rgb48be")]
    [InlineData("gray")]
    [InlineData("gray16be")]
    [InlineData("ya8")]
    [InlineData("ya16be")]
    [InlineData("monob")]
    [InlineData("pal8")]
    [InlineData("rgba64be")]
    public async Task All_png_pixel_formats_are_read(string format)
    {
        var png = await Programs.FfmpegAsync(
            [], "-f", "lavfi", "-i", "color=white:s=40x24", "-frames:v", "1", "-pix_fmt", format, "-c:v", "png", "-f", "image2pipe", "-");
        var image = Read(png);
        Assert.Equal((40, 24), (image.Width, image.Height));
        AssertCorners(image, 4, White, White, White, White);
    }

    [Theory]
    [InlineData("progressive.jpg", 12)]
    [InlineData("cmyk.jpg", 12)]
    public void Progressive_and_cmyk_jpegs_are_read(string name, int tolerance)
    {
        var file = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Images", "Files", name));
        AssertCorners(Read(file), tolerance, Red, Green, Blue, White);
        AssertCorners(Read(file[..^2]), tolerance, Red, Green, Blue, White); // without its end-of-image marker
    }

    [Fact]
    public async Task Greyscale_jpeg_is_read()
    {
        var jpeg =
            await Programs.FfmpegAsync([], "-f", "lavfi", "-i", "color=gray:s=64x48", "-frames:v", "1", "-pix_fmt", "gray", "-c:v", "mjpeg",
                "-strict", "-1", "-f", "image2pipe", "-");
        AssertCorners(Read(jpeg), 2, [128, 128, 128], [128, 128, 128], [128, 128, 128], [128, 128, 128]);
    }

    [Fact]
    public async Task Damaged_metadata_is_ignored_and_damaged_image_data_is_refused()
    {
        var png = await QuartersAsync("png");
        var plain = Read(png);
        byte[] With(params byte[][] chunks) => [.. png[..PngHeaderEnd], .. chunks.SelectMany(chunk => chunk), .. png[PngHeaderEnd..]];
        Assert.Equal(plain.Pixels, Read(With(PngChunk("iCCP", "x\0\0no profile"u8.ToArray()))).Pixels);
        Assert.Equal(plain.Pixels, Read(With(PngChunk("tEXt", "a\0b"u8.ToArray(), crc: 1))).Pixels);
        Assert.Equal(plain.Pixels, Read(With(PngChunk("gAMA", [0, 0, 0xB1, 0x8F], crc: 1))).Pixels);
        Assert.Equal(plain.Pixels, Read(png[..^4]).Pixels); // IEND without its checksum
        Assert.Equal(plain.Pixels, Read(png[..^12]).Pixels);

        AssertRefused(png[..(png.Length - 20)]);
        var flipped = (byte[])png.Clone();
        flipped[png.AsSpan().IndexOf("IDAT"u8) + 8] ^= 0x10;
        AssertRefused(flipped);
        flipped = (byte[])png.Clone();
        BinaryPrimitives.WriteUInt32BigEndian(flipped.AsSpan(PngHeaderEnd - 4), 1); // the header's checksum
        AssertRefused(flipped);
        AssertRefused(png[..8]);
        AssertRefused([0xFF, 0xD8]);
        AssertRefused("GIF89a"u8.ToArray());
        AssertRefused("RIFF\u0004\0\0\0WEBP"u8.ToArray());
        AssertRefused("BM"u8.ToArray());
    }

    [Fact]
    public async Task Damaged_file_yields_an_image_or_is_refused()
    {
        var random = new Random(11);
        foreach (var format in new[] { "png", "jpg", "gif", "webp" })
        {
            var file = await QuartersAsync(format);
            for (var round = 0; round < 5_000; round++)
            {
                var damaged = file.AsSpan(0, random.Next(file.Length + 1)).ToArray();
                for (var change = 0; change < 3 && damaged.Length > 0; change++)
                    damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                var picture = Media.Images.Containers.FirstImage.Find(damaged);
                Assert.InRange(picture?.Data.Length ?? 0, 0, damaged.Length + 20);
            }
        }
    }

    [Theory]
    [InlineData("exit 127")]
    [InlineData("echo 'Cannot allocate memory' >&2; exit 1")]
    [InlineData("kill -9 $$")]
    public async Task Ffmpeg_terminated_by_the_machine_is_not_an_image_fault(string script)
    {
        await File.WriteAllBytesAsync(_folder.At("good.png"), await QuartersAsync("png"));
        var program = _folder.Script("ffmpeg", $"cat >/dev/null\n{script}\n");
        var ex = Assert.Throws<Media.Ffmpeg.MediaException>(() => ImageFile.ReadRgb(new(program, program), _folder.At("good.png")));
        Assert.StartsWith("ffmpeg failed while reading the image ", ex.Message, StringComparison.Ordinal);
    }

    private RgbImage Read(byte[] file)
    {
        File.WriteAllBytes(_folder.At("picture.jpeg"), file); // the extension does not match most contents
        return ImageFile.ReadRgb(Programs.Tools, _folder.At("picture.jpeg"));
    }

    private void AssertRefused(byte[] file)
    {
        var ex = Assert.Throws<UnreadableImageException>(() => Read(file));
        Assert.DoesNotContain('\n', ex.Message);
    }

    private static async Task<byte[]> StillAsync(string color, int width, int height) =>
        (await Programs.FfmpegAsync([], "-f", "lavfi", "-i", $"color={color}:s={width}x{height}", "-frames:v", "1", "-c:v", "libwebp",
            "-lossless", "1", "-f", "webp", "-"))[12..];

    private static byte[] Animation(int width, int height, params (byte[] Picture, int Left, int Top, int Width, int Height)[] frames)
    {
        byte[] header = [0x02, 0, 0, 0, .. UInt24(width - 1), .. UInt24(height - 1)];
        byte[] body =
        [
            .. "WEBP"u8, .. RiffChunk("VP8X", header), .. RiffChunk("ANIM", new byte[6]),
            .. frames.SelectMany(frame => RiffChunk("ANMF",
                [.. UInt24(frame.Left / 2), .. UInt24(frame.Top / 2), .. UInt24(frame.Width - 1), .. UInt24(frame.Height - 1),
                    .. UInt24(100), 0, .. frame.Picture])),
        ];
        return RiffChunk("RIFF", body);
    }

    private static byte[] UInt24(int value) => [(byte)value, (byte)(value >> 8), (byte)(value >> 16)];
}
