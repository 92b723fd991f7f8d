using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Tests.Renders;

public sealed class PromptLengthTests
{
    [Theory]
    [InlineData("A red fox trots through fresh snow. ", 100, false)]
    [InlineData("A red fox trots through fresh snow. ", 150, true)]
    [InlineData("赤い狐が雪の中を走る。", 100, false)]
    [InlineData("赤い狐が雪の中を走る。", 170, true)]
    [InlineData("", 1, false)]
    public void Prompt_likely_to_be_truncated_has_a_warning(string sentence, int times, bool expected)
    {
        var warning = PromptLength.Warning(string.Concat(Enumerable.Repeat(sentence, times)));
        Assert.Equal(expected, warning is not null);
        if (expected)
            Assert.Contains("the model accepts only 1024", warning);
    }
}
