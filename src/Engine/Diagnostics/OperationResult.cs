using System.Globalization;

namespace MlxVideo.Engine.Diagnostics;

/// <summary>The result of one operation of the self-test.</summary>
/// <param name="Operation">Name of the operation.</param>
/// <param name="Error">Largest difference from the expected values, relative to the largest of them; NaN when there is none.</param>
/// <param name="Tolerance">Largest permitted error; 0 for operations that must be exact.</param>
/// <param name="Seconds">Time of the second of two runs, including the transfer of the result.</param>
/// <param name="Failure">What is wrong, as the end of a sentence about the device; null when the operation passed.</param>
public sealed record OperationResult(string Operation, double Error, double Tolerance, double Seconds, string? Failure)
{
    /// <summary>True when both runs were accurate enough.</summary>
    public bool Passed => Failure is null;

    internal static string Inaccurate(string operation, double error, double tolerance) => string.Create(
        CultureInfo.InvariantCulture, $"computes '{operation}' incorrectly (error {error:0.0e+0}, tolerance {tolerance:0.0e+0})");

    internal static string NotFinite(string operation) => $"returns NaN or infinity for '{operation}'";

    internal static string Refused(string operation, string reason) => $"can't compute '{operation}' ({reason})";
}
