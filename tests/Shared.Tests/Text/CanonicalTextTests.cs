using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Tests.Text;

public sealed class CanonicalTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("e\u0301", "\u00e9")]
    [InlineData("\u00e9", "\u00e9")]
    [InlineData("\u1100\u1161\u11a8", "\uac01")]
    [InlineData("\uac00\u11a8", "\uac01")]
    [InlineData("a\u0323\u0302", "\u1ead")]
    [InlineData("a\u0302\u0323", "\u1ead")]
    [InlineData("\u212b", "\u00c5")]
    [InlineData("\u212a", "K")]
    [InlineData("\u0958", "\u0915\u093c")]
    [InlineData("\u09c7\u09be", "\u09cb")]
    [InlineData("\ufb1f", "\u05f2\u05b7")]
    [InlineData("e\u0327\u0301", "\u0229\u0301")]
    [InlineData("e\u0301\u0327", "\u0229\u0301")]
    [InlineData("a\u0301\u0301", "\u00e1\u0301")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\u1e9b\u0323", "\u1e9b\u0323")]
    [InlineData("\ud834\udd5e", "\ud834\udd57\ud834\udd65")]
    [InlineData("が", "が")]
    [InlineData("か\u3099", "が")]
    public void Canonically_equivalent_texts_compose_to_the_same_characters(string text, string expected)
    {
        Assert.Equal(expected, CanonicalText.Compose(text));
        Assert.Equal(expected, CanonicalText.Compose(expected));
    }

    [Fact]
    public void Unpaired_surrogate_becomes_the_replacement_character() => Assert.Equal("a\ufffd", CanonicalText.Compose("a\ud800"));
}
