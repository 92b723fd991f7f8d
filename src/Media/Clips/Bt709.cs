namespace MlxVideo.Media.Clips;

/// <summary>
/// Converts RGB to limited-range BT.709 YUV 4:2:0 in integer arithmetic: identical bytes on every machine, regardless of the ffmpeg
/// version. Chroma is the mean of 2 x 2 pixels, as in the official encoder path (docs/reference/vae.md, section 8). Values are rounded,
/// since the frames have already been truncated to 8 bits.
/// </summary>
public static class Bt709
{
    private const double RedWeight = 0.2126;
    private const double BlueWeight = 0.0722;
    private const double Unit = 1 << Bits;
    private const int Bits = 16;

    // Luma spans 219 steps and chroma 224. The green factor completes each sum, which keeps greys exactly grey.
    private const int LumaWhite = (int)(219.0 / 255 * Unit + 0.5);
    private const int LumaRed = (int)(RedWeight * 219 / 255 * Unit + 0.5);
    private const int LumaBlue = (int)(BlueWeight * 219 / 255 * Unit + 0.5);
    private const int LumaGreen = LumaWhite - LumaRed - LumaBlue;
    private const int ChromaHalf = (int)(0.5 * 224 / 255 * Unit + 0.5);
    private const int BlueFromRed = (int)(RedWeight / (1 - BlueWeight) * 0.5 * 224 / 255 * Unit + 0.5);
    private const int BlueFromGreen = ChromaHalf - BlueFromRed;
    private const int RedFromBlue = (int)(BlueWeight / (1 - RedWeight) * 0.5 * 224 / 255 * Unit + 0.5);
    private const int RedFromGreen = ChromaHalf - RedFromBlue;

    /// <summary>Returns the size of a frame in bytes: a full-size luma plane and two quarter-size chroma planes.</summary>
    public static int FrameLength(int width, int height) => width * height * 3 / 2;

    /// <summary>Converts a frame of even width and height.</summary>
    /// <param name="rgb">U8 (height, width, 3).</param>
    /// <param name="yuv">The planes Y, Cb and Cr, in this order.</param>
    public static void Convert(ReadOnlySpan<byte> rgb, int width, int height, Span<byte> yuv)
    {
        var luma = yuv[..(width * height)];
        var blue = yuv.Slice(width * height, width * height / 4);
        var red = yuv.Slice(width * height * 5 / 4, width * height / 4);
        for (var y = 0; y < height; y += 2)
        {
            var upper = rgb.Slice(y * width * 3, width * 3);
            var lower = rgb.Slice((y + 1) * width * 3, width * 3);
            for (var x = 0; x < width; x++)
            {
                luma[y * width + x] = Luma(upper[(x * 3)..]);
                luma[(y + 1) * width + x] = Luma(lower[(x * 3)..]);
            }

            for (var x = 0; x < width; x += 2)
            {
                var (r, g, b) = (Sum(upper, lower, x * 3), Sum(upper, lower, x * 3 + 1), Sum(upper, lower, x * 3 + 2));
                var place = y / 2 * (width / 2) + x / 2;
                blue[place] = Chroma(ChromaHalf * b - BlueFromRed * r - BlueFromGreen * g);
                red[place] = Chroma(ChromaHalf * r - RedFromGreen * g - RedFromBlue * b);
            }
        }
    }

    private static byte Luma(ReadOnlySpan<byte> pixel) =>
        (byte)(((LumaRed * pixel[0] + LumaGreen * pixel[1] + LumaBlue * pixel[2] + (1 << (Bits - 1))) >> Bits) + 16);

    /// <summary>Returns the sum of one channel over 2 x 2 pixels.</summary>
    private static int Sum(ReadOnlySpan<byte> upper, ReadOnlySpan<byte> lower, int at) =>
        upper[at] + upper[at + 3] + lower[at] + lower[at + 3];

    private static byte Chroma(int sumOfFour) => (byte)(((sumOfFour + (1 << (Bits + 1))) >> (Bits + 2)) + 128);
}
