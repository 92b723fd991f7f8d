using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Decisions;

/// <summary>Charges failed attempts to workers or to the coordinator.</summary>
public static class FailureCharges
{
    /// <summary>Id of the coordinator among the workers charged with failures.</summary>
    public const string Coordinator = "coordinator";

    /// <summary>Returns the id charged with a failure; null when the failure does not count.</summary>
    /// <param name="worker">Id of the attempt's worker.</param>
    public static string? ChargedTo(FailureKind kind, string worker) => kind switch
    {
        FailureKind.Preempted or FailureKind.Disk or FailureKind.MissingInput => null,
        FailureKind.Coordinator => Coordinator,
        _ => worker,
    };

    /// <summary>True for a failure with a temporary cause: an immediate retry would fail again, a later one need not.</summary>
    public static bool IsTransient(FailureKind kind) =>
        kind is FailureKind.Preempted or FailureKind.Disk or FailureKind.Coordinator or FailureKind.MissingInput;
}
