using System.Globalization;

namespace MlxVideo.Shared.Csv;

/// <summary>Rules for constraints: each returns null, or the problem and the remedy.</summary>
public static class ClipConstraintsRules
{
    private const int MinPriority = -1000;
    private const int MaxPriority = 1000;
    private const int MaxTagLength = 100;
    private const int MinYear = 2000;
    private const int MaxYear = 2999;
    private const double MinWeight = 0.001;
    private const double MaxWeight = 1000;

    /// <summary>A batch's share of the farm.</summary>
    public static string? Weight(double weight) =>
        weight is >= MinWeight and <= MaxWeight
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"A weight of {weight} is outside {MinWeight} to {MaxWeight}.");

    /// <summary>A time at which a clip should be finished: one whose distance from now can be counted with.</summary>
    public static string? Deadline(DateTimeOffset deadline) =>
        IsPossibleYear(deadline.Year) ? null : $"The year {deadline.Year} is outside {MinYear} to {MaxYear}.";

    /// <summary>True for the years that deadlines may lie in.</summary>
    public static bool IsPossibleYear(int year) => year is >= MinYear and <= MaxYear;

    /// <summary>A class of priority.</summary>
    public static string? Priority(long priority) =>
        priority is >= MinPriority and <= MaxPriority ? null : $"{priority} is outside {MinPriority} to {MaxPriority}.";

    /// <summary>A worker's tag.</summary>
    public static string? Tag(string tag) => tag switch
    {
        { Length: > MaxTagLength } => $"It has {tag.Length} characters: tags have at most {MaxTagLength}.",
        _ when tag.Length == 0 || tag.Any(character => char.IsWhiteSpace(character) || char.IsControl(character)) =>
            $"'{tag}' is no tag: a clip has one, and tags are single words.",
        _ => null,
    };
}
