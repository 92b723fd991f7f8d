using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Tests.Text;

public sealed class PrintableTextTests
{
    [Theory]
    [InlineData("plain text é 🦊", "plain text é 🦊")]
    [InlineData("red\u001b[31m\u009b0m\u0007", "red [31m 0m ")]
    [InlineData("one\r\ntwo\u2028three\u2029four", "one  two three four")]
    [InlineData(null, "")]
    public void Text_becomes_one_line_without_control_characters(string? text, string expected) =>
        Assert.Equal(expected, PrintableText.Of(text, maxLength: 100));

    [Fact]
    public void Half_of_a_pair_is_replaced() => // not as an argument of an attribute, whose text is UTF-8
        Assert.Equal("half ? of a pair", PrintableText.Of("half \ud83e of a pair", maxLength: 100));

    [Fact]
    public void Long_text_is_cut_once()
    {
        var cut = PrintableText.Of("abc🦊def", maxLength: 4); // in the middle of a pair
        Assert.Equal("abc?…", cut);
        Assert.Equal(cut, PrintableText.Of(cut, maxLength: 4));
        Assert.Equal("abcd", PrintableText.Of("abcd", maxLength: 4));
    }
}
