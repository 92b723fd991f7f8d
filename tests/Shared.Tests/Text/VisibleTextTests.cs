using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Text;

namespace MlxVideo.Shared.Tests.Text;

public sealed class VisibleTextTests
{
    [Theory]
    [InlineData("")]
    [InlineData(" \t\r\n\u00A0\u3000")]
    [InlineData("\u200B")]
    [InlineData("\uFEFF\u00AD\u200D\u2060")]
    [InlineData("\u202E\u0007\u2028")]
    [InlineData("\uFE0F\u0301\u034F")]
    [InlineData("\u3164\u2800\uFFFD")]
    [InlineData("\U000E0041\uE000")]
    public void Prompt_without_visible_characters_is_treated_as_empty(string prompt)
    {
        Assert.True(VisibleText.IsBlank(prompt));
        Assert.Equal("The prompt is empty: describe the clip.", RenderSettingsRules.Prompt(prompt));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("\u200Ba\u200B")]
    [InlineData("狐")]
    [InlineData("🦊")]
    [InlineData("…")]
    [InlineData("7")]
    public void Prompt_with_a_visible_character_is_accepted(string prompt) => Assert.Null(RenderSettingsRules.Prompt(prompt));
}
