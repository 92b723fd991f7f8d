namespace MlxVideo.Media.Clips;

/// <summary>A format of the frames that ffmpeg reads.</summary>
internal sealed class RawFormat
{
    /// <summary>Tags of BT.709 limited range; used for input and output, to prevent a conversion by ffmpeg.</summary>
    public const string Bt709Tags = "-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709";

    /// <summary>8-bit RGB, as rendered.</summary>
    public static readonly RawFormat Rgb = new("-pixel_format rgb24", (width, height) => width * height * 3, null);

    /// <summary>YUV 4:2:0, converted by <see cref="Bt709"/>.</summary>
    public static readonly RawFormat Yuv420 = new($"-pixel_format yuv420p {Bt709Tags}", Bt709.FrameLength, Bt709.Convert);

    private readonly Func<int, int, int> _length;
    private readonly Conversion? _convert;

    private RawFormat(string arguments, Func<int, int, int> length, Conversion? convert)
    {
        Arguments = arguments;
        _length = length;
        _convert = convert;
    }

    private delegate void Conversion(ReadOnlySpan<byte> rgb, int width, int height, Span<byte> converted);

    /// <summary>ffmpeg's arguments for the input.</summary>
    public string Arguments { get; }

    /// <summary>Returns the size of a frame in bytes.</summary>
    public int FrameLength(int width, int height) => _length(width, height);

    /// <summary>Reads a frame and converts it.</summary>
    /// <param name="rgb">Working memory: U8 (height, width, 3).</param>
    /// <param name="converted">Receives the frame in this format.</param>
    public void Read(IRgbFrames frames, int index, byte[] rgb, byte[] converted)
    {
        if (_convert is null)
        {
            frames.Read(index, converted);
            return;
        }

        frames.Read(index, rgb);
        _convert(rgb, frames.Width, frames.Height, converted);
    }
}
