using System.Globalization;

namespace MlxVideo.Shared.Csv;

/// <summary>
/// Parses deadlines: ISO 8601 date and time, in this machine's time zone unless an offset is given, or the next occurrence of a time of
/// day.
/// </summary>
internal static class DeadlineCell
{
    private static readonly string[] Clock = ["H:mm", "HH:mm"];
    private static readonly string[] WithOffset = Formats("zzz", "Z");
    private static readonly string[] WithoutOffset = Formats("");

    /// <summary>Parses a cell; returns the error, or null on success.</summary>
    /// <param name="text">Content of the cell.</param>
    /// <param name="time">Clock and time zone.</param>
    /// <param name="deadline">Deadline in UTC.</param>
    public static string? Read(string text, TimeProvider time, out DateTimeOffset? deadline)
    {
        deadline = null;
        if (DateTimeOffset.TryParseExact(text, WithOffset, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var exact))
            deadline = exact.ToUniversalTime();
        else if (DateTime.TryParseExact(text, WithoutOffset, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local)
            && ClipConstraintsRules.IsPossibleYear(local.Year))
            deadline = InUtc(local, time.LocalTimeZone);
        else if (TimeOnly.TryParseExact(text, Clock, CultureInfo.InvariantCulture, DateTimeStyles.None, out var clock))
            deadline = Next(clock, time);
        return deadline is null || ClipConstraintsRules.Deadline(deadline.Value) is not null
            ? $"'{text}' is not a valid deadline: use 2026-01-31T18:00 for this machine's time zone, 2026-01-31T18:00+01:00 for another "
                + "one, or 18:00 for its next occurrence."
            : null;
    }

    private static DateTimeOffset Next(TimeOnly clock, TimeProvider time)
    {
        var now = time.GetUtcNow();
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, time.LocalTimeZone).DateTime);
        var deadline = InUtc(today.ToDateTime(clock), time.LocalTimeZone);
        return deadline > now ? deadline : InUtc(today.AddDays(1).ToDateTime(clock), time.LocalTimeZone);
    }

    private static DateTimeOffset InUtc(DateTime local, TimeZoneInfo zone) =>
        new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();

    private static string[] Formats(params string[] offsets) =>
        (from day in new[] { "yyyy-MM-dd'T'", "yyyy-MM-dd " }
         from clock in new[] { "HH:mm", "HH:mm:ss", "HH:mm:ss.FFFFFFF" }
         from offset in offsets
         select day + clock + (offset == "Z" ? "'Z'" : offset)).ToArray();
}
