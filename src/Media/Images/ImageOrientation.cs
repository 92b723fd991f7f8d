using System.Buffers.Binary;

namespace MlxVideo.Media.Images;

/// <summary>
/// The EXIF orientation of JPEG, PNG and WebP files. It is read here rather than by ffmpeg, whose versions differ in
/// which formats' orientation they know.
/// </summary>
internal static class ImageOrientation
{
    private const int Normal = 1;
    private const int OrientationTag = 0x0112;

    /// <summary>The orientation of an image file, 1 to 8; 1 where it has none.</summary>
    public static int Find(ReadOnlySpan<byte> file)
    {
        var tiff = file switch
        {
            [0xFF, 0xD8, ..] => InJpeg(file[2..]),
            [0x89, (byte)'P', (byte)'N', (byte)'G', _, _, _, _, ..] => InPng(file[8..]),
            [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => InWebp(file[12..]),
            _ => [],
        };
        return InTiff(tiff);
    }

    /// <summary>Turns and mirrors a picture into its upright form.</summary>
    public static RgbImage Apply(RgbImage image, int orientation)
    {
        if (orientation == Normal)
            return image;
        var (right, bottom) = (image.Width - 1, image.Height - 1);
        var (width, height) = orientation >= 5 ? (image.Height, image.Width) : (image.Width, image.Height);
        var pixels = new byte[image.Pixels.Length];
        var target = pixels.AsSpan();
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (column, row) = orientation switch
                {
                    2 => (right - x, y),
                    3 => (right - x, bottom - y),
                    4 => (x, bottom - y),
                    5 => (y, x),
                    6 => (y, bottom - x),
                    7 => (right - y, bottom - x),
                    _ => (right - y, x),
                };
                image.Pixels.AsSpan((row * image.Width + column) * RgbImage.Channels, RgbImage.Channels).CopyTo(target);
                target = target[RgbImage.Channels..];
            }
        }

        return new RgbImage(width, height, pixels);
    }

    private static ReadOnlySpan<byte> InJpeg(ReadOnlySpan<byte> segments)
    {
        const byte exifSegment = 0xE1, startOfScan = 0xDA;
        while (segments is [0xFF, var marker, _, _, ..] && marker != startOfScan)
        {
            var length = 2 + BinaryPrimitives.ReadUInt16BigEndian(segments[2..]);
            if (length < 4 || length > segments.Length)
                break;
            if (marker == exifSegment && segments[4..length].StartsWith("Exif\0\0"u8))
                return segments[10..length];
            segments = segments[length..];
        }

        return [];
    }

    private static ReadOnlySpan<byte> InPng(ReadOnlySpan<byte> chunks)
    {
        while (chunks.Length >= 12)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(chunks);
            if (length > chunks.Length - 12)
                break;
            if (chunks[4..8].SequenceEqual("eXIf"u8))
                return chunks.Slice(8, (int)length);
            chunks = chunks[(12 + (int)length)..];
        }

        return [];
    }

    private static ReadOnlySpan<byte> InWebp(ReadOnlySpan<byte> chunks)
    {
        while (chunks.Length >= 8)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(chunks[4..]);
            if (length > chunks.Length - 8)
                break;
            if (chunks[..4].SequenceEqual("EXIF"u8))
            {
                var exif = chunks.Slice(8, (int)length);
                return exif.StartsWith("Exif\0\0"u8) ? exif[6..] : exif;
            }

            chunks = chunks[Math.Min(chunks.Length, 8 + (int)length + (int)(length & 1))..];
        }

        return [];
    }

    private static int InTiff(ReadOnlySpan<byte> tiff)
    {
        var little = tiff.StartsWith("II*\0"u8);
        if (tiff.Length < 8 || !(little || tiff.StartsWith("MM\0*"u8)))
            return Normal;
        var directory = little ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]) : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
        if (directory > tiff.Length - 2)
            return Normal;
        var entries = tiff[(int)directory..];
        var count = Short(entries, little);
        for (entries = entries[2..]; count > 0 && entries.Length >= 12; count--, entries = entries[12..])
        {
            if (Short(entries, little) == OrientationTag)
                return Short(entries[8..], little) is >= 1 and <= 8 and var orientation ? orientation : Normal;
        }

        return Normal;
    }

    private static int Short(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);
}
