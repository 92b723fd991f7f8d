using System.Globalization;
using System.Text.RegularExpressions;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Worker.Capabilities;

/// <summary>Allowed hours as people write them: <c>20:00-08:00</c>.</summary>
public static partial class HoursText
{
    /// <summary>Reads an interval.</summary>
    /// <param name="text">Two times of the day.</param>
    /// <param name="utcOffset">The time zone that they are meant in.</param>
    /// <exception cref="FormatException">It is none; one sentence.</exception>
    public static AllowedHours Parse(string text, TimeSpan utcOffset)
    {
        var match = Interval().Match(text);
        return match.Success && MinuteOf(match.Groups[1].Value) is { } start && MinuteOf(match.Groups[2].Value) is { } end
            ? new AllowedHours(start, end, (int)utcOffset.TotalMinutes)
            : throw new FormatException($"'{text}' is no interval of the day; write two times as 20:00-08:00.");
    }

    private static int? MinuteOf(string time) =>
        TimeOnly.TryParseExact(time, "H:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var parsed)
            ? (parsed.Hour * 60) + parsed.Minute
            : null;

    [GeneratedRegex(@"^\s*(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})\s*$")]
    private static partial Regex Interval();
}
