using System.Text.Json;

namespace MlxVideo.Coordinator.Metrics;

/// <summary>
/// The names of the metrics' attributes. Their values are few: none names a batch or contains what a user wrote.
/// </summary>
internal static class MetricTags
{
    /// <summary>Public name of a stage kind.</summary>
    public const string Kind = "stage.kind";

    /// <summary>State of a stage, clip or worker.</summary>
    public const string State = "state";

    /// <summary>Outcome of an attempt.</summary>
    public const string Outcome = "outcome";

    /// <summary>Failure kind of a failed attempt.</summary>
    public const string Error = "error.type";

    /// <summary>Display name of a worker, or <c>coordinator</c>.</summary>
    public const string Worker = "worker";

    /// <summary>Id of a worker; several workers may have the same name.</summary>
    public const string WorkerId = "worker.id";

    /// <summary><c>receive</c> or <c>transmit</c>.</summary>
    public const string Direction = "direction";

    /// <summary>Returns an attribute.</summary>
    public static KeyValuePair<string, object?> Of(string name, object? value) => new(name, value);

    /// <summary>Returns the text for an enum's value, as in the API and in traces.</summary>
    public static string Text<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
