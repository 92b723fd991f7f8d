namespace MlxVideo.Engine.Tests.Golden;

/// <summary>One folder (or file) of reference data and the check that holds the engine against it.</summary>
/// <param name="Path">Path below the golden root, with forward slashes.</param>
/// <param name="Check">Runs the engine on the case's inputs and compares; null when the case is skipped.</param>
/// <param name="SkipReason">Why the case is not checked.</param>
public sealed record GoldenCase(string Path, Action<GoldenRun>? Check, string? SkipReason = null);

/// <summary>
/// Finds the cases of one part of the engine below a golden root. Implementations need a public parameterless constructor.
/// </summary>
public interface IGoldenSuite
{
    /// <summary>The cases whose folders exist below <paramref name="root"/>.</summary>
    IEnumerable<GoldenCase> Discover(string root);
}
