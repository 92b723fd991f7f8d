using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Sound;

/// <summary>
/// WAV files in the two sample formats used for clips: lossless 32-bit floats between stages, and 16-bit integers for the encoder. The
/// header is the plain 44-byte RIFF header. Files are written under a temporary name and renamed when complete.
/// </summary>
public static class WaveFile
{
    private const int HeaderLength = 44;
    private const int FormatChunkLength = 16;
    private const ushort PcmFormat = 1;
    private const ushort FloatFormat = 3;

    /// <summary>Writes 32-bit float samples.</summary>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static void WriteFloat(string path, Waveform sound) =>
        Write(path, sound, FloatFormat, sizeof(float), MemoryMarshal.AsBytes(sound.Samples.AsSpan()));

    /// <summary>Writes 16-bit integers: clamped to full scale, multiplied by 32767, truncated (docs/reference/vae.md, section 8).</summary>
    /// <exception cref="MediaException">A sample is not a finite number.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static void WritePcm16(string path, Waveform sound)
    {
        if (!Array.TrueForAll(sound.Samples, float.IsFinite))
            throw new MediaException("The audio has samples that are not finite numbers: it was damaged before encoding.");
        var samples = Array.ConvertAll(sound.Samples, sample => (short)(Math.Clamp(sample, -1f, 1f) * short.MaxValue));
        Write(path, sound, PcmFormat, sizeof(short), MemoryMarshal.AsBytes(samples.AsSpan()));
    }

    /// <summary>Reads a file written by <see cref="WriteFloat"/>.</summary>
    /// <exception cref="MediaException">The file has another format or is damaged; the message names it.</exception>
    public static Waveform ReadFloat(string path)
    {
        using var file = File.OpenRead(path);
        var header = new byte[HeaderLength];
        if (file.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength)
            throw Unreadable(path, "it ends within its header");
        var (channels, rate) =
            (BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(22)), BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(24)));
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(40));
        var expected = Header(rate, channels, FloatFormat, sizeof(float), length);
        if (channels == 0 || rate <= 0 || !header.AsSpan().SequenceEqual(expected))
            throw Unreadable(path, "its header does not describe 32-bit float samples");
        if (length != file.Length - HeaderLength || length % (channels * sizeof(float)) != 0)
            throw Unreadable(path, $"it has {file.Length - HeaderLength} bytes of samples, but its header specifies {length}");
        var samples = new float[length / sizeof(float)];
        file.ReadExactly(MemoryMarshal.AsBytes(samples.AsSpan()));
        return new Waveform(rate, channels, samples);
    }

    private static void Write(string path, Waveform sound, ushort format, int sampleSize, ReadOnlySpan<byte> samples)
    {
        var partial = path + ".partial";
        try
        {
            using (var file = File.Create(partial))
            {
                file.Write(Header(sound.SampleRate, (ushort)sound.Channels, format, sampleSize, (uint)samples.Length));
                file.Write(samples);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    private static byte[] Header(int rate, ushort channels, ushort format, int sampleSize, uint length)
    {
        var header = new byte[HeaderLength];
        var rest = header.AsSpan();
        "RIFF"u8.CopyTo(rest);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[4..], unchecked(HeaderLength - 8 + length));
        "WAVEfmt "u8.CopyTo(rest[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(rest[16..], FormatChunkLength);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[20..], format);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[22..], channels);
        BinaryPrimitives.WriteInt32LittleEndian(rest[24..], rate);
        BinaryPrimitives.WriteInt32LittleEndian(rest[28..], unchecked(rate * channels * sampleSize));
        BinaryPrimitives.WriteUInt16LittleEndian(rest[32..], unchecked((ushort)(channels * sampleSize)));
        BinaryPrimitives.WriteUInt16LittleEndian(rest[34..], (ushort)(8 * sampleSize));
        "data"u8.CopyTo(rest[36..]);
        BinaryPrimitives.WriteUInt32LittleEndian(rest[40..], length);
        return header;
    }

    private static MediaException Unreadable(string path, string why) => new($"The audio file {path} can't be read: {why}.");
}
