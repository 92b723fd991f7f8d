using MlxVideo.Shared.Workers;

namespace MlxVideo.Worker.Capabilities;

/// <summary>Settings of a worker's owner that can't be measured.</summary>
/// <param name="LinkBytesPerSecond">Bandwidth between worker and coordinator.</param>
/// <param name="Tags">Tags that clips can require.</param>
/// <param name="Hours">Allowed hours; null for always.</param>
public sealed record OwnerSettings(double LinkBytesPerSecond, IReadOnlyList<string> Tags, AllowedHours? Hours)
{
    /// <summary>Gigabit Ethernet minus protocol overhead.</summary>
    public const double DefaultLinkBytesPerSecond = 1e8;

    private const double BytesPerGigabit = 1e9 / 8;

    /// <summary>The settings when the owner specifies none.</summary>
    public static OwnerSettings Default { get; } = new(DefaultLinkBytesPerSecond, [], null);

    /// <summary>Parses the owner's settings.</summary>
    /// <param name="linkGigabits">Bandwidth in Gbit/s; null for the default.</param>
    /// <param name="tags">Comma-separated tags.</param>
    /// <param name="hours">An interval of the day, such as <c>20:00-08:00</c>; null for always.</param>
    /// <exception cref="FormatException">The hours are invalid.</exception>
    public static OwnerSettings Parse(double? linkGigabits, string tags, string? hours) => new(
        linkGigabits is { } gigabits ? gigabits * BytesPerGigabit : DefaultLinkBytesPerSecond,
        WorkerTags.Normalize(tags.Split(',')),
        hours is null ? null : HoursText.Parse(hours, TimeZoneInfo.Local.GetUtcOffset(DateTimeOffset.Now)));

    /// <summary>Returns measured capabilities with these settings.</summary>
    public WorkerCapabilities ApplyTo(WorkerCapabilities measured) =>
        measured with { LinkBytesPerSecond = LinkBytesPerSecond, Tags = [.. Tags], Hours = Hours };
}
