using System.ComponentModel.DataAnnotations;

namespace MlxVideo.Shared.Renders;

/// <summary>An interval of a video.</summary>
/// <param name="Start">In seconds.</param>
/// <param name="End">In seconds, exclusive.</param>
public sealed record TimeInterval(
    [property: Range(0, TimeInterval.MaxSeconds)] double Start, [property: Range(0, TimeInterval.MaxSeconds)] double End)
{
    /// <summary>Maximum time in seconds: 12 hours.</summary>
    public const double MaxSeconds = 12 * 3600;
}
