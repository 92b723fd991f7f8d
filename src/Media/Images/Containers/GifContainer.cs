using System.Buffers.Binary;

namespace MlxVideo.Media.Images.Containers;

/// <summary>GIF: a screen descriptor, then extensions and images, each in sub-blocks of up to 255 bytes.</summary>
internal static class GifContainer
{
    private const int HeaderLength = 13;
    private const int ImageDescriptorLength = 10;
    private const byte Extension = 0x21;
    private const byte Image = 0x2C;
    private const byte Trailer = 0x3B;

    /// <summary>Up to the end of the first image; null when it is cut off before.</summary>
    public static FirstPicture? FirstPicture(ReadOnlySpan<byte> file)
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
                    at = AfterSubBlocks(file, at + 1); // behind the size of the first code
                    return at > file.Length ? null : new FirstPicture("gif_pipe", (byte[])[.. file[..at], Trailer]);
                default:
                    return null;
            }
        }

        return null;
    }

    private static int ColorTableLength(byte flags) => (flags & 0x80) == 0 ? 0 : 3 * (2 << (flags & 7));

    /// <summary>The place behind a sequence of sub-blocks and the empty one that ends it; beyond the file when it is cut off.</summary>
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
