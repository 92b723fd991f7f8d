using System.Text.Json;

namespace MlxVideo.Cli.Chaos.Plan;

/// <summary>Kinds of injected faults. New kinds go to the end: a kind's number is part of the seed of its schedule.</summary>
public enum FaultKind
{
    /// <summary>A worker is killed and restarted.</summary>
    KillWorker,

    /// <summary>The engine process of a worker is killed.</summary>
    KillEngine,

    /// <summary>The coordinator is killed and restarted after a pause, with the same ports and data folder.</summary>
    KillCoordinator,

    /// <summary>A worker and its child processes are suspended for longer than failure detection takes.</summary>
    FreezeWorker,

    /// <summary>The coordinator is suspended for less than failure detection takes.</summary>
    FreezeCoordinator,

    /// <summary>A worker runs with a full disk.</summary>
    FillWorkerDisk,

    /// <summary>The coordinator runs with a full disk.</summary>
    FillCoordinatorDisk,

    /// <summary>An intermediate artefact in the coordinator's store is damaged, truncated or deleted.</summary>
    CorruptCoordinatorBlob,

    /// <summary>An intermediate artefact in a worker's store is damaged, truncated or deleted.</summary>
    CorruptWorkerBlob,

    /// <summary>A worker's HTTP connections are reset, and new ones fail for a while.</summary>
    DropHttpConnections,

    /// <summary>The clients' HTTP connections are reset, and new ones fail for a while.</summary>
    DropClientConnections,

    /// <summary>The connections between cluster nodes are reset.</summary>
    DropClusterConnections,
}

/// <summary>Names of the kinds of faults on the command line: <c>kill-worker</c>.</summary>
public static class FaultKinds
{
    /// <summary>All kinds by name.</summary>
    public static IReadOnlyDictionary<string, FaultKind> ByName { get; } =
        Enum.GetValues<FaultKind>().ToDictionary(NameOf, kind => kind, StringComparer.Ordinal);

    /// <summary>Returns the name of a kind.</summary>
    public static string NameOf(FaultKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());
}
