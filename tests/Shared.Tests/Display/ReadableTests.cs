using System.Globalization;
using System.Text.RegularExpressions;
using FsCheck.Xunit;
using MlxVideo.Shared.Display;

namespace MlxVideo.Shared.Tests.Display;

public sealed partial class ReadableTests
{
    [Theory]
    [InlineData(0, "0.0 s")]
    [InlineData(59.94, "59.9 s")]
    [InlineData(59.96, "1:00")]
    [InlineData(245, "4:05")]
    [InlineData(3599.6, "1:00:00")]
    [InlineData(30 * 3600 + 245, "30:04:05")]
    [InlineData(9999 * 3600.0, "9999:00:00")]
    [InlineData(36_000_000, "over 9999 hours")]
    [InlineData(1e300, "over 9999 hours")]
    [InlineData(double.MaxValue, "over 9999 hours")]
    [InlineData(double.PositiveInfinity, "over 9999 hours")]
    [InlineData(-1e300, "0.0 s")]
    [InlineData(double.NegativeInfinity, "0.0 s")]
    [InlineData(-0.0, "0.0 s")]
    [InlineData(double.Epsilon, "0.0 s")]
    [InlineData(double.NaN, "unknown")]
    public void Duration_is_formatted(double seconds, string text) => Assert.Equal(text, Readable.Duration(seconds));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(-0.01, "0")]
    [InlineData(23.976, "24")]
    [InlineData(12.5, "12.5")]
    [InlineData(-3.25, "-3.3")]
    [InlineData(1e300, "1e+300")]
    [InlineData(double.NaN, "unknown")]
    [InlineData(double.PositiveInfinity, "infinite")]
    [InlineData(double.NegativeInfinity, "-infinite")]
    public void Number_is_formatted(double value, string text) => Assert.Equal(text, Readable.Number(value));

    [Theory]
    [InlineData(0, "0.0 GiB")]
    [InlineData(1L << 31, "2.0 GiB")]
    [InlineData(double.NaN, "unknown GiB")]
    public void Byte_count_is_formatted_in_gibibytes(double bytes, string text) => Assert.Equal(text, Readable.Gibibytes(bytes));

    [Property(MaxTest = 2000)]
    public bool Any_number_is_formatted_briefly_and_independently_of_the_culture(double value)
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            var other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (other.NumberFormat.NumberDecimalSeparator, other.NumberFormat.NegativeSign) = (",", "minus,");
            CultureInfo.CurrentCulture = other;
            return new[] { Readable.Duration(value), Readable.Number(value), Readable.Number(value, 5), Readable.Column(value),
                Readable.Gibibytes(value) }
                .All(text => text.Length is > 0 and < 25 && !text.Contains(','));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Property(MaxTest = 1000)]
    public bool Formatted_duration_parses_back_to_the_same_seconds(uint seconds)
    {
        var whole = seconds % 36_000_000;
        var text = Readable.Duration(whole);
        if (whole < 60)
            return text == string.Create(CultureInfo.InvariantCulture, $"{whole}.0 s");
        return Clock().IsMatch(text)
            && text.Split(':').Aggregate(0L, (sum, part) => (sum * 60) + long.Parse(part, CultureInfo.InvariantCulture)) == whole;
    }

    [GeneratedRegex(@"^(\d+:[0-5]\d|[1-5]?\d|\d+:[0-5]\d:[0-5]\d)$")]
    private static partial Regex Clock();
}
