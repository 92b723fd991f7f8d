namespace MlxVideo.Engine.Text.Enhancement;

/// <summary>A rewritten prompt.</summary>
/// <param name="Text">The new prompt; blank if the language model's answer had no text.</param>
/// <param name="IsCutOff">True when the answer reached the maximum number of tokens before its end.</param>
public sealed record EnhancedPrompt(string Text, bool IsCutOff)
{
    private static readonly IReadOnlyDictionary<char, char> PlainForms = new[]
    {
        (Plain: '\'', Signs: "\u2018\u2019\u2032"), // quotes and prime
        (Plain: '"', Signs: "\u201c\u201d\u2033"),
        (Plain: '-', Signs: "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), // dashes and minus
        (Plain: ' ', Signs: "\u00a0"),
    }.SelectMany(form => form.Signs.Select(sign => (sign, form.Plain))).ToDictionary(form => form.sign, form => form.Plain);

    /// <summary>
    /// Converts a language model's answer to a prompt (docs/reference/text.md, section 8): replaces typographic characters by plain ones
    /// and removes everything before the first letter, if there is one.
    /// </summary>
    public static string Clean(string response)
    {
        var plain = string.Concat(response.Select(sign => PlainForms.GetValueOrDefault(sign, sign)));
        var first = plain.Select((sign, index) => char.IsLetter(sign) ? index : -1).FirstOrDefault(index => index >= 0, -1);
        return first < 0 ? plain : plain[first..];
    }
}
