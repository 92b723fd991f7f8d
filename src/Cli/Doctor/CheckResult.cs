namespace MlxVideo.Cli.Doctor;

/// <summary>The result of one check of the doctor.</summary>
/// <param name="Check">Name of the check.</param>
/// <param name="Outcome">Whether the machine can be used in this respect.</param>
/// <param name="Finding">What was found.</param>
/// <param name="Remedy">What to do, in one sentence; null when there is nothing to do.</param>
internal sealed record CheckResult(string Check, CheckOutcome Outcome, string Finding, string? Remedy = null);

/// <summary>The outcome of a check.</summary>
internal enum CheckOutcome
{
    Passed,

    /// <summary>The machine can be used, with a restriction.</summary>
    Warning,

    /// <summary>The machine can't be used as requested.</summary>
    Failed,
}
