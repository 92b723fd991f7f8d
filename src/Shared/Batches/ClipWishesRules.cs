using System.Globalization;

namespace MlxVideo.Shared.Batches;

/// <summary>What a clip's wishes must satisfy: null, or what is wrong and what to do.</summary>
public static class ClipWishesRules
{
    private const int MinPriority = -1000;
    private const int MaxPriority = 1000;
    private const int MaxTagLength = 100;
    private const double MinWeight = 0.001;
    private const double MaxWeight = 1000;

    /// <summary>A batch's share of the farm.</summary>
    public static string? Weight(double weight) =>
        weight is >= MinWeight and <= MaxWeight ? null : string.Create(CultureInfo.InvariantCulture, $"A weight of {weight} is outside {MinWeight} to {MaxWeight}.");

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
