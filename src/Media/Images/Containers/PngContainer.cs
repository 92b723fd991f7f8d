using System.Buffers.Binary;
using System.IO.Hashing;

namespace MlxVideo.Media.Images.Containers;

/// <summary>PNG and APNG container: a signature, then chunks of length, type, data and CRC.</summary>
internal static class PngContainer
{
    private const int SignatureLength = 8;
    private const int Overhead = 12;

    // Ancillary chunks that affect the interpretation of samples; the others are text, profiles and animation frames.
    private static readonly string[] Kept = ["tRNS", "gAMA", "cHRM", "sRGB", "cICP"];

    /// <summary>
    /// Returns the signature, critical chunks and relevant ancillary chunks up to IEND; null when a critical chunk is damaged or truncated.
    /// For an animation, the image in IDAT is the one shown by still-image viewers. A missing IEND is ignored.
    /// </summary>
    public static FirstImage? FirstImageOf(ReadOnlySpan<byte> file)
    {
        if (file.Length < SignatureLength)
            return null;
        using var picture = new MemoryStream(file.Length);
        picture.Write(file[..SignatureLength]);
        for (var rest = file[SignatureLength..]; rest.Length >= Overhead;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            var type = rest.Slice(4, 4);
            if (length > rest.Length - Overhead)
                return IsCritical(type) ? null : Done(picture);
            var chunk = rest[..(Overhead + (int)length)];
            rest = rest[chunk.Length..];
            if (IsCritical(type))
            {
                if (!IsWhole(chunk))
                    return null;
                picture.Write(chunk);
                if (type.SequenceEqual("IEND"u8))
                    return Done(picture);
            }
            else if (Kept.Contains(System.Text.Encoding.Latin1.GetString(type)) && IsWhole(chunk))
            {
                picture.Write(chunk);
            }
        }

        return Done(picture);
    }

    private static FirstImage Done(MemoryStream picture) => new("png_pipe", picture.GetBuffer().AsMemory(0, (int)picture.Length));

    /// <summary>True unless bit 5 of the type's first letter is set.</summary>
    private static bool IsCritical(ReadOnlySpan<byte> type) => (type[0] & 0x20) == 0;

    private static bool IsWhole(ReadOnlySpan<byte> chunk) =>
        Crc32.HashToUInt32(chunk[4..^4]) == BinaryPrimitives.ReadUInt32BigEndian(chunk[^4..]);
}
