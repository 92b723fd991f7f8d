using System.Buffers.Binary;

namespace MlxVideo.Cli.Chaos.Plan;

/// <summary>A conditioning image of random colours, as an uncompressed BMP file.</summary>
public static class PlannedImage
{
    private const int HeaderBytes = 54;
    private const int InfoHeaderBytes = 40;
    private const int BitsPerPixel = 24;
    private const int Size = 64; // rows of 192 bytes, a multiple of 4 as the format requires

    /// <summary>Returns the content of a file. Equal seeds give equal images.</summary>
    public static byte[] Create(int seed)
    {
        var file = new byte[HeaderBytes + (Size * Size * BitsPerPixel / 8)];
        "BM"u8.CopyTo(file);
        Write(file, 2, file.Length);
        Write(file, 10, HeaderBytes);
        Write(file, 14, InfoHeaderBytes);
        Write(file, 18, Size);
        Write(file, 22, Size);
        file[26] = 1; // colour planes
        file[28] = BitsPerPixel;
        new Random(seed).NextBytes(file.AsSpan(HeaderBytes));
        return file;
    }

    private static void Write(byte[] file, int offset, int value) => BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(offset), value);
}
