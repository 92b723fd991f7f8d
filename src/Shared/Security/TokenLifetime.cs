using System.Globalization;

namespace MlxVideo.Shared.Security;

/// <summary>The time until a join token expires, as text: <c>30m</c>, <c>1h</c> or <c>2d</c>; at most 7 days.</summary>
public static class TokenLifetime
{
    private const int MaxNumber = 10_080; // minutes of 7 days

    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>Parses a whole number of minutes, hours or days; null when the text is invalid.</summary>
    public static TimeSpan? Parse(string text)
    {
        if (text.Length < 2 || !int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number is < 1 or > MaxNumber)
            return null;
        TimeSpan? time = text[^1] switch
        {
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            'd' => TimeSpan.FromDays(number),
            _ => null,
        };
        return time <= Longest ? time : null;
    }
}
