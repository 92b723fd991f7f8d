namespace MlxVideo.Shared.Diagnostics;

/// <summary>The result of one check of a doctor.</summary>
/// <param name="Check">Name of the check.</param>
/// <param name="Outcome">Whether the machine, or the farm, can be used in this respect.</param>
/// <param name="Finding">What was found.</param>
/// <param name="Remedy">What to do, in one sentence; null when there is nothing to do.</param>
public sealed record CheckResult(string Check, CheckOutcome Outcome, string Finding, string? Remedy = null);

/// <summary>The outcome of a check.</summary>
public enum CheckOutcome
{
    /// <summary>There is nothing to do.</summary>
    Passed,

    /// <summary>It can be used, with a restriction.</summary>
    Warning,

    /// <summary>It can't be used as requested.</summary>
    Failed,
}
