using System.Buffers.Binary;

namespace MlxVideo.Media.Images.Containers;

/// <summary>GIF container: a screen descriptor, then extensions and images, each in sub-blocks of up to 255 bytes.</summary>
internal static class GifContainer
{
    private const int HeaderLength = 13;
    private const int ImageDescriptorLength = 10;
    private const byte Extension = 0x21;
    private const byte Image = 0x2C;
    private const byte Trailer = 0x3B;

    /// <summary>Returns the file up to the end of the first image; null when that is truncated.</summary>
    public static FirstImage? FirstImageOf(ReadOnlySpan<byte> file)
    {
        if (file.Length < HeaderLength)
            return null;
        var at = HeaderLength + ColorTableLength(file[10]);
        while (at < file.Length)
        {
            switch (file[at])
            {
                case Extension:
                    at = AfterSubBlocks(file, at + 2);
                    break;
                case Image when at + ImageDescriptorLength <= file.Length:
                    at += ImageDescriptorLength + ColorTableLength(file[at + ImageDescriptorLength - 1]);
                    at = AfterSubBlocks(file, at + 1); // after the minimum code size
                    return at > file.Length ? null : new FirstImage("gif_pipe", (byte[])[.. file[..at], Trailer]);
                default:
                    return null;
            }
        }

        return null;
    }

    private static int ColorTableLength(byte flags) => (flags & 0x80) == 0 ? 0 : 3 * (2 << (flags & 7));

    /// <summary>Returns the position after a sequence of sub-blocks and its empty terminator; beyond the file if it is cut off.</summary>
    private static int AfterSubBlocks(ReadOnlySpan<byte> file, int at)
    {
        while (at < file.Length)
        {
            var length = file[at];
            at += 1 + length;
            if (length == 0)
                return at;
        }

        return file.Length + 1;
    }
}
