using System.Globalization;
using System.Text.RegularExpressions;

namespace MlxVideo.Shared.Workers;

/// <summary>Text format of allowed hours: <c>20:00-08:00</c>.</summary>
public static partial class HoursText
{
    /// <summary>Parses an interval of the day.</summary>
    /// <param name="utcOffset">UTC offset of the times.</param>
    /// <exception cref="FormatException">The text is not an interval; the message is one sentence.</exception>
    public static AllowedHours Parse(string text, TimeSpan utcOffset)
    {
        var match = Interval().Match(text);
        return match.Success && MinuteOf(match.Groups[1].Value) is { } start && MinuteOf(match.Groups[2].Value) is { } end
            ? new AllowedHours(start, end, (int)utcOffset.TotalMinutes)
            : throw new FormatException($"'{text}' is not an interval of the day: write start and end as in 20:00-08:00.");
    }

    /// <summary>Returns the text of allowed hours, which <see cref="Parse"/> reads.</summary>
    public static string Format(AllowedHours hours) => $"{TimeOf(hours.StartMinute)}-{TimeOf(hours.EndMinute)}";

    private static string TimeOf(int minute) => string.Create(CultureInfo.InvariantCulture, $"{minute / 60:00}:{minute % 60:00}");

    private static int? MinuteOf(string time) =>
        TimeOnly.TryParseExact(time, "H:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var parsed)
            ? (parsed.Hour * 60) + parsed.Minute
            : null;

    [GeneratedRegex(@"^\s*(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})\s*$")]
    private static partial Regex Interval();
}
