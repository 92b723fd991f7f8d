using System.Globalization;

namespace MlxVideo.Shared.Csv;

/// <summary>Validation rules of constraints. Each rule returns null for a valid value, otherwise an error with the remedy.</summary>
public static class ClipConstraintsRules
{
    /// <summary>Minimum priority.</summary>
    public const int MinPriority = -1000;

    /// <summary>Maximum priority.</summary>
    public const int MaxPriority = 1000;

    /// <summary>Maximum number of characters of a tag.</summary>
    public const int MaxTagLength = 100;

    /// <summary>Maximum number of characters of a model's name.</summary>
    public const int MaxModelLength = 200;

    /// <summary>Minimum weight of a batch.</summary>
    public const double MinWeight = 0.001;

    /// <summary>Maximum weight of a batch.</summary>
    public const double MaxWeight = 1000;

    private const int MinYear = 2000;
    private const int MaxYear = 2999;

    /// <summary>Checks a batch's weight.</summary>
    public static string? Weight(double weight) =>
        weight is >= MinWeight and <= MaxWeight
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"A weight of {weight} is outside the range {MinWeight} to {MaxWeight}.");

    /// <summary>Checks a deadline: it must be in a year for which time differences can be computed.</summary>
    public static string? Deadline(DateTimeOffset deadline) =>
        IsPossibleYear(deadline.Year) ? null : $"The year {deadline.Year} is outside the range {MinYear} to {MaxYear}.";

    /// <summary>True for years allowed in deadlines.</summary>
    public static bool IsPossibleYear(int year) => year is >= MinYear and <= MaxYear;

    /// <summary>Checks a priority.</summary>
    public static string? Priority(long priority) =>
        priority is >= MinPriority and <= MaxPriority ? null : $"{priority} is outside the range {MinPriority} to {MaxPriority}.";

    /// <summary>Checks a tag.</summary>
    public static string? Tag(string tag) => tag switch
    {
        { Length: > MaxTagLength } => $"The tag has {tag.Length} characters: use at most {MaxTagLength}.",
        _ when tag.Length == 0 || tag.Any(character => char.IsWhiteSpace(character) || char.IsControl(character)) =>
            $"'{tag}' is not a valid tag: use one tag, a single word.",
        _ => null,
    };

    /// <summary>Checks the name of a clip's model.</summary>
    public static string? Model(string name) => name switch
    {
        { Length: > MaxModelLength } => $"The model has {name.Length} characters: use at most {MaxModelLength}.",
        _ when string.IsNullOrWhiteSpace(name) => "The model is empty: use its name or digest, or leave the value out.",
        _ => null,
    };
}
