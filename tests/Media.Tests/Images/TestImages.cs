using System.Buffers.Binary;
using System.IO.Hashing;
using MlxVideo.Media.Images;

namespace MlxVideo.Media.Tests.Images;

/// <summary>Small image files and their expected colours.</summary>
internal static class TestImages
{
    public static readonly byte[] Red = [255, 0, 0], Green = [0, 255, 0], Blue = [0, 0, 255], White = [255, 255, 255];

    /// <summary>Encodes an image of 48 x 32 pixels: red and green in the top half, blue and white in the bottom half.</summary>
    public static Task<byte[]> QuartersAsync(string format)
    {
        var pixels = Enumerable.Range(0, 48 * 32).SelectMany(i => (i / 48 < 16, i % 48 < 24) switch
        {
            (true, true) => Red,
            (true, false) => Green,
            (false, true) => Blue,
            _ => White,
        }).ToArray();
        string[] codec = format switch
        {
            "jpg" => ["-c:v", "mjpeg", "-q:v", "1", "-f", "image2pipe"],
            "webp" => ["-c:v", "libwebp", "-lossless", "1", "-f", "webp"],
            "gif" => ["-f", "gif"],
            _ => ["-c:v", format, "-f", "image2pipe"],
        };
        return Programs.FfmpegAsync(pixels, ["-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", "48x32", "-i", "-", .. codec, "-"]);
    }

    public static void AssertCorners(RgbImage image, int tolerance, params byte[][] corners)
    {
        (int X, int Y)[] places = [(2, 2), (image.Width - 3, 2), (2, image.Height - 3), (image.Width - 3, image.Height - 3)];
        for (var corner = 0; corner < 4; corner++)
        {
            var pixel = image.Pixels.AsSpan((places[corner].Y * image.Width + places[corner].X) * 3, 3);
            for (var channel = 0; channel < 3; channel++)
                Assert.InRange(pixel[channel], corners[corner][channel] - tolerance, corners[corner][channel] + tolerance);
        }
    }

    /// <summary>Builds a PNG chunk.</summary>
    /// <param name="type">Four ASCII letters.</param>
    /// <param name="crc">The checksum; null for the correct one.</param>
    public static byte[] PngChunk(string type, byte[] data, uint? crc = null)
    {
        byte[] checkedPart = [.. System.Text.Encoding.ASCII.GetBytes(type), .. data];
        var (length, sum) = (new byte[4], new byte[4]);
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(sum, crc ?? Crc32.HashToUInt32(checkedPart));
        return [.. length, .. checkedPart, .. sum];
    }

    /// <summary>Builds a RIFF chunk, padded to an even length.</summary>
    public static byte[] RiffChunk(string type, byte[] data)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, data.Length);
        return [.. System.Text.Encoding.ASCII.GetBytes(type), .. length, .. data, .. new byte[data.Length & 1]];
    }
}
