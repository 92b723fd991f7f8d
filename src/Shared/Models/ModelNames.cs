namespace MlxVideo.Shared.Models;

/// <summary>How users name a model: by one of its names, its digest, or leading digits of its digest.</summary>
public static class ModelNames
{
    private const int MinPrefixLength = 6;
    private const int ShortDigestLength = 12;

    /// <summary>True if the text names the model. Upper and lower case are equal.</summary>
    /// <param name="digest">The model's digest.</param>
    /// <param name="names">The names that its workers give it.</param>
    public static bool Matches(string text, string digest, IEnumerable<string> names) =>
        (text.Length >= MinPrefixLength && digest.StartsWith(text, StringComparison.OrdinalIgnoreCase))
        || string.Equals(digest, text, StringComparison.OrdinalIgnoreCase) || names.Contains(text, StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns the leading digits of a digest, enough to tell models apart in messages.</summary>
    public static string Shorten(string digest) => digest.Length > ShortDigestLength ? digest[..ShortDigestLength] : digest;
}
