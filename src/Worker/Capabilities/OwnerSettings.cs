using MlxVideo.Shared.Workers;

namespace MlxVideo.Worker.Capabilities;

/// <summary>What a worker's owner states, because nothing can measure it.</summary>
/// <param name="LinkBytesPerSecond">Bytes per second between the worker and the coordinator.</param>
/// <param name="Tags">Names by which clips may require the worker.</param>
/// <param name="Hours">When it may work; null for always.</param>
public sealed record OwnerSettings(double LinkBytesPerSecond, IReadOnlyList<string> Tags, AllowedHours? Hours)
{
    /// <summary>Gigabit Ethernet, less protocol overhead.</summary>
    public const double DefaultLinkBytesPerSecond = 1e8;

    private const double BytesPerGigabit = 1e9 / 8;

    /// <summary>The settings of an owner who states nothing.</summary>
    public static OwnerSettings Default { get; } = new(DefaultLinkBytesPerSecond, [], null);

    /// <summary>Reads an owner's text.</summary>
    /// <param name="linkGigabits">Gbit/s; null for the default.</param>
    /// <param name="tags">Names, separated by commas.</param>
    /// <param name="hours">An interval of the day, as <c>20:00-08:00</c>; null for always.</param>
    /// <exception cref="FormatException">The hours can't be read.</exception>
    public static OwnerSettings Parse(double? linkGigabits, string tags, string? hours) => new(
        linkGigabits is { } gigabits ? gigabits * BytesPerGigabit : DefaultLinkBytesPerSecond,
        tags.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct().ToList(),
        hours is null ? null : HoursText.Parse(hours, TimeZoneInfo.Local.GetUtcOffset(DateTimeOffset.Now)));
}
