using System.Text;
using MlxVideo.Shared.Csv;

namespace MlxVideo.Shared.Tests.Csv;

public sealed class OutputPathTests
{
    [Theory]
    [InlineData("a", "a.mp4")]
    [InlineData(" shots\\day 1/./a.MP4 ", "shots/day 1/a.MP4")]
    [InlineData("cafe\u0301", "caf\u00e9.mp4")]
    [InlineData("狐.mp4", "狐.mp4")]
    [InlineData("console.mp4", "console.mp4")]
    [InlineData("com10.mp4", "com10.mp4")]
    [InlineData(".hidden.mp4", ".hidden.mp4")]
    public void Path_is_normalized_to_one_form(string text, string expected)
    {
        Assert.Null(OutputPath.Normalize(text, out var path));
        Assert.Equal(expected, path);
        Assert.Null(OutputPath.Normalize(path, out var again));
        Assert.Equal(expected, again);
    }

    [Theory]
    [InlineData("con", "'con.mp4' is a reserved device name on Windows: choose another name.")]
    [InlineData("Lpt1.final.mp4", "'Lpt1.final.mp4' is a reserved device name on Windows: choose another name.")]
    [InlineData("aux/a.mp4", "'aux' is a reserved device name on Windows: choose another name.")]
    [InlineData("what?.mp4", "'what?.mp4' contains the character ?, which some file systems reject: remove it.")]
    [InlineData("12:30.mp4", "'12:30.mp4' contains the character :, which some file systems reject: remove it.")]
    [InlineData(
        "shots./a.mp4",
        "'shots.' starts or ends with a space or ends with a period, which some file systems drop: remove it.")]
    [InlineData(
        "shots /a.mp4",
        "'shots ' starts or ends with a space or ends with a period, which some file systems drop: remove it.")]
    [InlineData("._a.mp4", "'._a.mp4' starts with '._', like macOS metadata files: choose another name.")]
    public void Name_invalid_on_other_file_systems_is_refused(string text, string reason) =>
        Assert.Equal(reason, OutputPath.Normalize(text, out _));

    [Fact]
    public void Names_and_paths_are_limited_by_utf8_length()
    {
        Assert.Null(OutputPath.Normalize(new string('狐', 65), out _));
        Assert.EndsWith(
            "has 202 bytes in UTF-8: shorten it to at most 200.",
            OutputPath.Normalize(new string('狐', 66), out _),
            StringComparison.Ordinal);
        Assert.Null(OutputPath.Normalize(new string('a', 196), out _));
        Assert.NotNull(OutputPath.Normalize(new string('a', 197), out _));
        Assert.Equal(
            "The path has 1200 bytes in UTF-8: shorten it to at most 600.",
            OutputPath.Normalize(string.Concat(Enumerable.Repeat("ab/c", 300)), out _));
    }

    [Theory]
    [InlineData("A red fox, running!", "001-a-red-fox-running.mp4")]
    [InlineData("हिन्दी में एक लोमड़ी", "001-हिन्दी-में-एक-लोमड़ी.mp4")]
    [InlineData("สุนัขจิ้งจอกสีแดง", "001-สุนัขจิ้งจอกสีแดง.mp4")]
    [InlineData("ثَعْلَبٌ أَحْمَر", "001-ثَعْلَبٌ-أَحْمَر.mp4")]
    [InlineData("שׁוּעָל אָדֹם", "001-שׁוּעָל-אָדֹם.mp4")]
    [InlineData("cafe\u0301 noir", "001-caf\u00e9-noir.mp4")]
    [InlineData("می\u200cخواهم", "001-میخواهم.mp4")]
    [InlineData("𠮷野家 🦊 no", "001-𠮷野家-no.mp4")]
    [InlineData("\u0301 fox", "001-fox.mp4")]
    [InlineData("🦊", "001.mp4")]
    public void Default_name_keeps_letters_with_their_combining_marks(string prompt, string expected)
    {
        var name = OutputPath.Default(1, prompt);
        Assert.Equal(Compose(expected), name);
        Assert.Null(OutputPath.Normalize(name, out var path));
        Assert.Equal(name, path);

        static string Compose(string text) => MlxVideo.Shared.Text.CanonicalText.Compose(text);
    }

    [Theory]
    [InlineData("A red fox, running!", "a-red-fox-running.mp4")]
    [InlineData(
        "A slow tracking shot follows a red fox through deep fresh snow at dawn",
        "a-slow-tracking-shot-follows-a-red-fox-through-deep-fresh.mp4")]
    [InlineData("../../etc/passwd", "etc-passwd.mp4")]
    [InlineData("狐が雪の中を走る", "狐が雪の中を走る.mp4")]
    [InlineData("Con", "clip-con.mp4")]
    [InlineData("🦊", "clip.mp4")]
    public void Name_of_a_prompt_consists_of_its_first_words(string prompt, string expected)
    {
        var name = OutputPath.OfPrompt(prompt);
        Assert.Equal(expected, name);
        Assert.Null(OutputPath.Normalize(name, out var path));
        Assert.Equal(name, path);
    }

    [Theory]
    [InlineData("ก", "็")]
    [InlineData("𠮷", "")]
    [InlineData("a", "\u0302\u0323\u0331")]
    public void Long_word_is_truncated_at_a_grapheme_boundary(string letter, string marks)
    {
        var seen = MlxVideo.Shared.Text.CanonicalText.Compose(letter + marks);
        var name = OutputPath.Default(1, string.Concat(Enumerable.Repeat(letter + marks, 500)));
        var word = name["001-".Length..^".mp4".Length];
        Assert.Equal(string.Concat(Enumerable.Repeat(seen, 40 / seen.Length)), word);
        Assert.True(Encoding.UTF8.GetByteCount(name) <= 255);
    }

    [Fact]
    public void Names_that_collide_on_a_macos_file_system_are_reported()
    {
        var names = new OutputNames();
        Assert.Null(names.Reserve("caf\u00e9.mp4", "row 1"));
        Assert.Equal("'CAFE\u0301.mp4' is also the output of row 1: give each row its own file.", names.Reserve("CAFE\u0301.mp4", "row 2"));
        Assert.Null(names.Reserve("straße.mp4", "row 3"));
        Assert.NotNull(names.Reserve("STRASSE.mp4", "row 4"));
        Assert.Equal("caf\u00e9-2.mp4", names.ReserveFree("caf\u00e9.mp4", "row 5"));
    }
}
