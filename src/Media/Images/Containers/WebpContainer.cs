using System.Buffers.Binary;

namespace MlxVideo.Media.Images.Containers;

/// <summary>WebP container, a RIFF file. ffmpeg before 8 does not decode animations; their frames are nested containers.</summary>
internal static class WebpContainer
{
    private const int HeaderLength = 12;
    private const int ChunkHeaderLength = 8;
    private const int FrameHeaderLength = 16;
    private const int CanvasAt = 4;

    /// <summary>
    /// Returns a still image up to the end given in its header, but at least up to the end of the image data, since files written to a pipe
    /// have an invalid length; for an animation, the first frame, or null when that is truncated.
    /// </summary>
    public static FirstImage? FirstImageOf(ReadOnlyMemory<byte> file)
    {
        long end = ChunkHeaderLength + (long)BinaryPrimitives.ReadUInt32LittleEndian(file.Span[4..]);
        (int Width, int Height)? canvas = null;
        for (var rest = file.Span[HeaderLength..]; Next(ref rest, out var type, out var data);)
        {
            if (type.SequenceEqual("VP8X"u8) && data.Length >= CanvasAt + 6)
                canvas = (1 + UInt24(data[CanvasAt..]), 1 + UInt24(data[(CanvasAt + 3)..]));
            else if (type.SequenceEqual("ANMF"u8))
                return data.Length < FrameHeaderLength ? null : Frame(data, canvas);
            else if (IsPicture(type))
                return new FirstImage("webp_pipe", file[..(int)Math.Min(file.Length, Math.Max(end, file.Length - rest.Length))]);
        }

        return new FirstImage("webp_pipe", file);
    }

    private static FirstImage? Frame(ReadOnlySpan<byte> frame, (int Width, int Height)? canvas)
    {
        var (left, top) = (2 * UInt24(frame), 2 * UInt24(frame[3..]));
        var (width, height) = (1 + UInt24(frame[6..]), 1 + UInt24(frame[9..]));
        for (var rest = frame[FrameHeaderLength..]; Next(ref rest, out var type, out var data);)
        {
            if (!IsPicture(type))
                continue; // alpha is discarded anyway
            if (canvas is { } size && (left + width > size.Width || top + height > size.Height))
                return null;
            var place = canvas is null || canvas == (width, height)
                ? null
                : new CanvasPlace(canvas.Value.Width, canvas.Value.Height, left, top);
            return new FirstImage("webp_pipe", Still(type, data), place);
        }

        return null;
    }

    private static bool IsPicture(ReadOnlySpan<byte> type) => type.SequenceEqual("VP8 "u8) || type.SequenceEqual("VP8L"u8);

    private static byte[] Still(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        var padded = data.Length + (data.Length & 1);
        var still = new byte[HeaderLength + ChunkHeaderLength + padded];
        "RIFF"u8.CopyTo(still);
        BinaryPrimitives.WriteInt32LittleEndian(still.AsSpan(4), still.Length - ChunkHeaderLength);
        "WEBP"u8.CopyTo(still.AsSpan(8));
        type.CopyTo(still.AsSpan(HeaderLength));
        BinaryPrimitives.WriteInt32LittleEndian(still.AsSpan(HeaderLength + 4), data.Length);
        data.CopyTo(still.AsSpan(HeaderLength + ChunkHeaderLength));
        return still;
    }

    /// <summary>Removes the first chunk; returns false at the end or when the chunk is truncated.</summary>
    private static bool Next(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> data)
    {
        type = data = default;
        if (rest.Length < ChunkHeaderLength)
            return false;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
        if (length > rest.Length - ChunkHeaderLength)
            return false;
        type = rest[..4];
        data = rest.Slice(ChunkHeaderLength, (int)length);
        rest = rest[Math.Min(rest.Length, ChunkHeaderLength + (int)(length + (length & 1)))..];
        return true;
    }

    private static int UInt24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
}
