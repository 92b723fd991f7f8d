using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Farm.Decisions;

/// <summary>Decides the consequences of a restart of the coordinator, whose state has been recovered.</summary>
public static class RestartDecisions
{
    /// <summary>The problem of a worker that was registered before the restart and has not registered since.</summary>
    public const string NotReconnected = "It has not reconnected since the coordinator restarted.";

    /// <summary>
    /// Ends what the coordinator's process itself did: its own stages, which are started again, and the relays of offloaded evaluations.
    /// Attempts of workers go on; a worker gets no further stage until it has reconnected.
    /// </summary>
    public static IReadOnlyList<IFarmEvent> Restart(FarmState state, DateTimeOffset now) =>
    [
        .. state.Workers.Values.Where(worker => worker.Offload is not null)
            .Select(worker => new FarmEvents.OffloadEnded(worker.Offload!, worker.Id, Failure: null, now)),
        .. LocalAttempts(state).Select(attempt => new FarmEvents.AttemptFailed(
            attempt, FailureKind.Preempted, "the coordinator was restarted", now)),
        .. state.Workers.Values.Where(worker => worker.Problem != NotReconnected)
            .Select(worker => new FarmEvents.WorkerConditionChanged(worker.Id, NotReconnected, now)),
    ];

    private static IEnumerable<AttemptAddress> LocalAttempts(FarmState state) =>
        from id in state.Open
        from order in state.Batches[id].Started
        let clip = state.Batches[id].Clips[order.Row]
        from stage in clip.Stages
        where clip.Work[stage.Key].Component is null
        from attempt in stage.Value.Running
        select new AttemptAddress(new StageAddress(id, clip.Row, stage.Key), attempt.Number);
}
