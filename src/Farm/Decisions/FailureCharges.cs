using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Decisions;

/// <summary>Whose fault a failed attempt is.</summary>
public static class FailureCharges
{
    /// <summary>Stands for the coordinator among the workers that failed.</summary>
    public const string Coordinator = "coordinator";

    /// <summary>Who is charged with a failure; null when it counts for nothing.</summary>
    /// <param name="kind">Why the attempt failed.</param>
    /// <param name="worker">Whose attempt it was.</param>
    public static string? ChargedTo(FailureKind kind, string worker) => kind switch
    {
        FailureKind.Preempted or FailureKind.Disk => null,
        FailureKind.Coordinator => Coordinator,
        _ => worker,
    };

    /// <summary>True when an attempt that is made at once would fail likewise.</summary>
    public static bool IsPassing(FailureKind kind) => kind is FailureKind.Preempted or FailureKind.Disk or FailureKind.Coordinator;
}
