using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace MlxVideo.Engine.Tests.Text;

/// <summary>A random prompt text with ordinary and adversarial fragments.</summary>
public sealed record PromptText(string Value)
{
    private static readonly string[] Fragments =
    [
        "a red fox", "The", " runs", "ing", "  ", "    ", "\n", "\n\n\n", "\t", "0", "2024", "é", "日本", "\U0001F98A", "<b>", "</table>",
        "<start_of_turn>", "<end_of_turn>", "<unused3>", "[multimodal]", "<0x41>", "<", ">", "e\u0301", "\u200B", "\uFEFF", "\r\n", "\0",
    ];

    /// <summary>The generator, found by FsCheck through its name.</summary>
    public static Arbitrary<PromptText> Arbitrary()
    {
        var codePoint = Gen.OneOf(Gen.Choose(0, 0x7F), Gen.Choose(0, 0xD7FF), Gen.Choose(0xE000, 0x10FFFF))
            .Select(value => new Rune(value).ToString());
        var part = Gen.Frequency((1, codePoint), (2, Gen.Elements(Fragments)));
        return Arb.From(part.ListOf().Select(parts => new PromptText(string.Concat(parts).Replace("\u2581", ""))), Shrunk);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', Value.EnumerateRunes().Select(rune => $"U+{rune.Value:X4}"));

    private static IEnumerable<PromptText> Shrunk(PromptText text)
    {
        var runes = text.Value.EnumerateRunes().ToList();
        return runes.Select((_, index) => new PromptText(string.Concat(runes.Where((_, other) => other != index))));
    }
}
