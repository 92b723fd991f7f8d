using System.Globalization;
using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Tests.Text;

public sealed class NumberTextTests
{
    [Theory]
    [InlineData("12.5", 12.5)]
    [InlineData("+3", 3)]
    [InlineData(" 3 ", 3)]
    [InlineData("\u00A03\t", 3)]
    [InlineData("64.0", 64)]
    [InlineData(".5", 0.5)]
    [InlineData("5.", 5)]
    [InlineData("-0.25", -0.25)]
    [InlineData("1e-3", 0.001)]
    [InlineData("2.4E+01", 24)]
    [InlineData("007", 7)]
    public void Decimal_numbers_allow_a_sign_an_exponent_and_surrounding_spaces(string text, double expected)
    {
        Assert.Null(NumberText.ReadDecimal(text, out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("12", 12)]
    [InlineData("+3", 3)]
    [InlineData(" -3 ", -3)]
    [InlineData("64.0", 64)]
    [InlineData("64.", 64)]
    [InlineData("-9223372036854775808", long.MinValue)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("9007199254740991.0", 9007199254740991)]
    public void Whole_numbers_allow_zeros_after_the_decimal_point(string text, long expected)
    {
        Assert.Null(NumberText.ReadWhole(text, out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("12,5", "'12,5' is not a number: write 12.5.")]
    [InlineData("0,5", "'0,5' is not a number: write 0.5.")]
    [InlineData("-,5", "'-,5' is not a number: write -.5.")]
    [InlineData("0,125", "'0,125' is not a number: write 0.125.")]
    [InlineData("1,500", "'1,500' is not a number: write 1.500 or 1500.")]
    [InlineData("1,234.5", "'1,234.5' is not a number: write 1234.5.")]
    [InlineData("1.234,5", "'1.234,5' is not a number: write 1234.5.")]
    [InlineData("1.000.000", "'1.000.000' is not a number: write 1000000.")]
    [InlineData("1 234.5", "'1 234.5' is not a number: write 1234.5.")]
    [InlineData("1\u202F234", "'1\u202F234' is not a number: write 1234.")]
    [InlineData("1_000", "'1_000' is not a number: write 1000.")]
    [InlineData("1'000", "'1'000' is not a number: write 1000.")]
    [InlineData("１２", "'１２' is not a number: write 12.")]
    [InlineData("٢٤", "'٢٤' is not a number: write 24.")]
    [InlineData("\u22125", "'\u22125' is not a number: write -5.")]
    [InlineData("“24”", "'“24”' is not a number: write 24.")]
    [InlineData("'24", "''24' is not a number: write 24.")]
    [InlineData("NaN", "'NaN' is not a number.")]
    [InlineData("inf", "'inf' is not a number.")]
    [InlineData("-Infinity", "'-Infinity' is not a number.")]
    [InlineData("∞", "'∞' is not a number.")]
    [InlineData("0x10", "'0x10' is not a number.")]
    [InlineData("24fps", "'24fps' is not a number.")]
    [InlineData("1e400", "'1e400' is too large.")]
    [InlineData("-1e400", "'-1e400' is too large.")]
    [InlineData("1e-400", "'1e-400' is too close to 0.")]
    [InlineData("1.2.3", "'1.2.3' is not a number.")]
    [InlineData("--3", "'--3' is not a number.")]
    [InlineData(".", "'.' is not a number.")]
    [InlineData("1e", "'1e' is not a number.")]
    [InlineData("(5)", "'(5)' is not a number.")]
    [InlineData("5\n6", "'5\n6' is not a number: write 56.")]
    [InlineData("", "The value is empty: enter a number.")]
    [InlineData("  ", "The value is empty: enter a number.")]
    public void Invalid_decimal_numbers_are_refused_with_a_suggestion_where_possible(string text, string reason) =>
        Assert.Equal(reason, NumberText.ReadDecimal(text, out _));

    [Theory]
    [InlineData("64.5", "'64.5' is not a whole number.")]
    [InlineData("12,5", "'12,5' is not a whole number.")]
    [InlineData("64,0", "'64,0' is not a whole number: write 64.")]
    [InlineData("1,024", "'1,024' is not a whole number: write 1024.")]
    [InlineData("1_024", "'1_024' is not a whole number: write 1024.")]
    [InlineData("６４", "'６４' is not a whole number: write 64.")]
    [InlineData("1e3", "'1e3' is not a whole number: write all digits instead of an exponent.")]
    [InlineData("9.0072E+15", "'9.0072E+15' is not a whole number: write all digits instead of an exponent.")]
    [InlineData("0x10", "'0x10' is not a whole number.")]
    [InlineData("9223372036854775808", "'9223372036854775808' is too large: the maximum is 9223372036854775807.")]
    [InlineData("-9223372036854775809", "'-9223372036854775809' is too small: the minimum is -9223372036854775808.")]
    [InlineData(
        "9007199254740992.0",
        "'9007199254740992.0' may have lost digits when it was stored as a decimal number: write it without a decimal point.")]
    public void Invalid_whole_numbers_are_refused_with_a_suggestion_where_possible(string text, string reason) =>
        Assert.Equal(reason, NumberText.ReadWhole(text, out _));

    [Fact]
    public void Negative_zero_is_read_as_zero()
    {
        Assert.Null(NumberText.ReadDecimal("-0.0", out var value));
        Assert.False(double.IsNegative(value));
    }

    [Fact]
    public void Long_text_is_truncated_in_the_message() =>
        Assert.Equal($"'{new string('x', 40)}…' is not a number.", NumberText.ReadDecimal(new string('x', 100_000), out _));

    [Fact]
    public void Current_culture_does_not_affect_parsing()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo(
                "")
            { NumberFormat = { NumberDecimalSeparator = ",", NumberGroupSeparator = ".", NegativeSign = "\u2212" } };
            Assert.Null(NumberText.ReadDecimal("-12.5", out var value));
            Assert.Equal(-12.5, value);
            Assert.Equal("'12,5' is not a number: write 12.5.", NumberText.ReadDecimal("12,5", out _));
            Assert.Equal("'-1,024' is not a whole number: write -1024.", NumberText.ReadWhole("-1,024", out _));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("0,5", true)]
    [InlineData("-3", true)]
    [InlineData("1e-3", true)]
    [InlineData("1.2.3", true)]
    [InlineData("./12", false)]
    [InlineData("12.png", false)]
    [InlineData("-", false)]
    public void Text_of_digits_signs_points_and_commas_looks_like_a_number(string text, bool expected) =>
        Assert.Equal(expected, NumberText.LooksLikeNumber(text));
}
