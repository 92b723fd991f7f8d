using System.Buffers.Binary;

namespace MlxVideo.Media.Images.Containers;

/// <summary>JPEG container: markers with segments, and entropy-coded data in between.</summary>
internal static class JpegContainer
{
    private const byte MarkerStart = 0xFF;
    private const byte EndOfImage = 0xD9;

    /// <summary>
    /// Returns the file up to the first end-of-image marker outside a segment: phones append further images (MPF), cameras padding. If the
    /// marker is missing, the decoder determines whether image data is missing too.
    /// </summary>
    public static FirstImage FirstImageOf(ReadOnlyMemory<byte> file) => new("jpeg_pipe", file[..LengthOf(file.Span)]);

    private static int LengthOf(ReadOnlySpan<byte> file)
    {
        for (var at = 2; at < file.Length;)
        {
            // In entropy-coded data, 0xFF is always followed by 0 or a restart marker; stray bytes are skipped in the same way.
            var start = file[at..].IndexOf(MarkerStart);
            if (start < 0)
                break;
            at += start;
            while (at < file.Length && file[at] == MarkerStart)
                at++;
            if (at >= file.Length)
                break;
            var marker = file[at++];
            if (marker == EndOfImage)
                return at;
            if (HasSegment(marker) && at + 1 < file.Length)
                at += BinaryPrimitives.ReadUInt16BigEndian(file[at..]);
        }

        return file.Length;
    }

    /// <summary>False for stuffed zeros, TEM, the restart markers and SOI.</summary>
    private static bool HasSegment(byte marker) => marker is not (0x00 or 0x01 or (>= 0xD0 and <= 0xD8));
}
