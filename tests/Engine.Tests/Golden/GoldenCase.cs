namespace MlxVideo.Engine.Tests.Golden;

/// <summary>A folder or file of reference data, with the check that compares the engine against it.</summary>
/// <param name="Path">Path relative to the golden root, with forward slashes.</param>
/// <param name="Check">Runs the engine on the case's inputs and compares the results; null when the case is skipped.</param>
public sealed record GoldenCase(string Path, Action<GoldenRun>? Check, string? SkipReason = null);

/// <summary>
/// Discovers the golden cases of one area of the engine. Implementations must have a public parameterless constructor.
/// </summary>
public interface IGoldenSuite
{
    /// <summary>Returns the cases with data below <paramref name="root"/>.</summary>
    IEnumerable<GoldenCase> Discover(string root);
}
