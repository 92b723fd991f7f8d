using System.Text.Json;
using MlxVideo.Shared.Json;

namespace MlxVideo.Engine.Diagnostics;

/// <summary>
/// A line of a self-test process's standard output: exactly one member is set. Single lines preserve what is known when the process
/// crashes.
/// </summary>
/// <param name="Settings">The resolved settings; the first line.</param>
/// <param name="Libtorch">Version of libtorch; with <paramref name="Settings"/>.</param>
/// <param name="Started">Name of the operation that runs next.</param>
/// <param name="Result">Result of the last started operation.</param>
/// <param name="Feature">Result of the trial of a function that renders can do without; these follow the operations.</param>
/// <param name="Refusal">Why nothing can be tested, in one sentence.</param>
internal sealed record SelfTestLine(
    TestedSettings? Settings = null, string? Libtorch = null, string? Started = null, OperationResult? Result = null,
    string? Refusal = null, FeatureResult? Feature = null)
{
    // Libraries may print lines of their own.
    private const string Prefix = "self-test ";

    public string Write() => Prefix + JsonSerializer.Serialize(this, FarmJson.Options);

    /// <summary>Reads a line; returns null for other output.</summary>
    public static SelfTestLine? Read(string line)
    {
        try
        {
            return line.StartsWith(Prefix, StringComparison.Ordinal)
                ? JsonSerializer.Deserialize<SelfTestLine>(line[Prefix.Length..], FarmJson.Options)
                : null;
        }
        catch (JsonException)
        {
            return null; // cut off by a crash
        }
    }
}
