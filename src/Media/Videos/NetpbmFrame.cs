using System.Globalization;
using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Videos;

/// <summary>A frame in ffmpeg's binary PPM or PGM format.</summary>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Samples">Row-major samples: three bytes per pixel of a PPM, two big-endian bytes of a 16-bit PGM.</param>
public sealed record NetpbmFrame(int Width, int Height, byte[] Samples)
{
    private const int LongestNumber = 9;

    /// <summary>Reads a frame; null at the end of the stream.</summary>
    /// <exception cref="UnreadableMediaException">The stream is not in this format or ends within a frame.</exception>
    internal static NetpbmFrame? Read(Stream stream)
    {
        var first = stream.ReadByte();
        if (first < 0)
            return null;
        var kind = stream.ReadByte();
        if (first != 'P' || kind is not ('5' or '6'))
            throw Damaged();
        if (!char.IsWhiteSpace((char)stream.ReadByte()))
            throw Damaged();
        var (width, height, maximum) = (Number(stream), Number(stream), Number(stream));
        var samples = new byte[(long)width * height * (kind == '6' ? 3 : 1) * (maximum > byte.MaxValue ? 2 : 1)];
        if (stream.ReadAtLeast(samples, samples.Length, throwOnEndOfStream: false) < samples.Length)
            throw Damaged();
        return new NetpbmFrame(width, height, samples);
    }

    private static int Number(Stream stream)
    {
        var digits = "";
        for (var next = stream.ReadByte(); !char.IsWhiteSpace((char)next); next = stream.ReadByte())
        {
            if (next is < '0' or > '9' || digits.Length == LongestNumber)
                throw Damaged();
            digits += (char)next;
        }

        return digits.Length == 0 ? throw Damaged() : int.Parse(digits, CultureInfo.InvariantCulture);
    }

    private static UnreadableMediaException Damaged() => new("ffmpeg's output is damaged: it ended unexpectedly.");
}
