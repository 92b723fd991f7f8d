using MlxVideo.Shared.Workers;

namespace MlxVideo.Worker.Capabilities;

/// <summary>What a worker's owner says of it, which nothing can measure.</summary>
/// <param name="LinkBytesPerSecond">Bytes a second between the worker and the coordinator.</param>
/// <param name="Tags">Names under which clips may ask for it.</param>
/// <param name="Hours">When it may work; null for always.</param>
public sealed record OwnerSettings(double LinkBytesPerSecond, IReadOnlyList<string> Tags, AllowedHours? Hours)
{
    /// <summary>Gigabit Ethernet, less what is lost on the way.</summary>
    public const double DefaultLinkBytesPerSecond = 1e8;

    /// <summary>An owner who says nothing.</summary>
    public static OwnerSettings Default { get; } = new(DefaultLinkBytesPerSecond, [], null);
}
