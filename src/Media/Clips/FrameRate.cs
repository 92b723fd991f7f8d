using System.Globalization;

namespace MlxVideo.Media.Clips;

/// <summary>An exact frame rate.</summary>
/// <param name="Numerator">Number of frames per <paramref name="Denominator"/> seconds.</param>
public readonly record struct FrameRate(int Numerator, int Denominator)
{
    private const int NtscDenominator = 1001;
    private const int DecimalDenominator = 100_000;

    // av_parse_video_rate (libavutil/parseutils.c) approximates fractions with larger terms.
    private const int LargestTerm = 1_001_000;

    /// <summary>Frames per second.</summary>
    public double Fps => (double)Numerator / Denominator;

    /// <summary>Returns the number of audio samples in the duration of a number of frames.</summary>
    public int SamplesIn(int frames, int sampleRate) =>
        checked((int)Math.Round((double)frames * Denominator * sampleRate / Numerator, MidpointRounding.ToEven));

    /// <summary>
    /// Converts a decimal number: 23.976, 29.97, 59.94 and similar values become n·1000/1001; others are rounded to five decimals, or to
    /// the nearest fraction that ffmpeg accepts.
    /// </summary>
    public static FrameRate FromFps(double fps)
    {
        if (!(fps > 0 && fps <= 1000))
            throw new ArgumentOutOfRangeException(nameof(fps), fps, "A frame rate must be greater than 0 and at most 1000.");
        var nominal = (int)Math.Round(fps * NtscDenominator / 1000);
        if (nominal > 0 && fps != nominal && Math.Abs(fps - nominal * 1000.0 / NtscDenominator) < 0.0005)
            return new FrameRate(nominal * 1000, NtscDenominator);
        var numerator = Math.Max(1, (int)Math.Round(fps * DecimalDenominator));
        var divisor = GreatestCommonDivisor(numerator, DecimalDenominator);
        return numerator / divisor <= LargestTerm ? new FrameRate(numerator / divisor, DecimalDenominator / divisor) : Nearest(fps);
    }

    /// <summary>Parses a rate as written by ffprobe: <c>24000/1001</c>.</summary>
    public static FrameRate Parse(string text)
    {
        var parts = text.Split('/');
        return new FrameRate(int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Returns the rate in ffmpeg's format: <c>24000/1001</c>.</summary>
    public override string ToString() => $"{Numerator}/{Denominator}";

    private static FrameRate Nearest(double fps) =>
        Enumerable.Range(1, (int)(LargestTerm / fps)).Select(denominator => new FrameRate((int)Math.Round(fps * denominator), denominator))
            .MinBy(rate => Math.Abs(rate.Fps - fps));

    private static int GreatestCommonDivisor(int a, int b) => b == 0 ? a : GreatestCommonDivisor(b, a % b);
}
