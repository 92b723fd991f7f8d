using System.Globalization;
using MlxVideo.Coordinator.Archive;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Storage;

/// <summary>How long the finished clips of ended batches are kept: for a time, or up to a total size, the newest first.</summary>
/// <param name="Age">The time; null when a size is given.</param>
/// <param name="Bytes">The total size; null when a time is given.</param>
public sealed record RetentionPolicy(TimeSpan? Age, long? Bytes)
{
    private const double MaxDays = 36500;

    /// <summary>Parses <c>30d</c> or <c>500GB</c>.</summary>
    /// <exception cref="FormatException">The text is neither.</exception>
    public static RetentionPolicy Parse(string text) => TryParse(text) ?? throw new FormatException(FindError(text));

    /// <summary>Returns why a text is not a retention, as one sentence; null when it is one.</summary>
    public static string? FindError(string text) => TryParse(text) is null
        ? $"'{text}' is neither a number of days, such as 30d, nor a size, such as 500GB."
        : null;

    /// <summary>Returns the results that are no longer kept.</summary>
    /// <param name="results">All results, newest first.</param>
    public IReadOnlyList<KeptResult> Expired(IReadOnlyList<KeptResult> results, DateTimeOffset now)
    {
        if (Age is { } age)
            return results.Where(result => result.EndedAt < now - age).ToList();
        var total = 0L;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        // Clips with equal content share a blob. A result that does not fit expires together with all older ones.
        return results.SkipWhile(result => (total += seen.Add(result.Clip.Digest) ? result.Clip.Length : 0) <= Bytes).ToList();
    }

    private static RetentionPolicy? TryParse(string text)
    {
        if (DaysOf(text) is { } days)
            return new RetentionPolicy(TimeSpan.FromDays(days), null);
        // A number without a unit would be bytes.
        return text.EndsWith('B') && ByteSize.Parse(text) is { } bytes ? new RetentionPolicy(null, bytes) : null;
    }

    private static double? DaysOf(string text) =>
        text.EndsWith('d')
        && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var days)
        && days is >= 0 and <= MaxDays
            ? days
            : null;
}
