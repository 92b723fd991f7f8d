using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Farm.Decisions;

/// <summary>Applies offload events to the state.</summary>
internal static class OffloadReducer
{
    /// <summary>Returns the state after an offload event.</summary>
    public static FarmState ApplyOffload(this FarmState state, IFarmEvent happened) => happened switch
    {
        FarmEvents.OffloadAssigned e => state
            .UpdateStage(e.Offload, status => status with { OffloadCount = e.Offload.Number })
            .UpdateHelper(e.Offload, _ => new AttemptHelper(e.Offload.Number, e.Worker, e.Evaluations, e.At, IsReady: false))
            .UpdateWorker(e.Worker, worker => worker with { Offload = e.Offload }),
        FarmEvents.OffloadStarted e => state.UpdateHelper(e.Offload, helper => helper! with { IsReady = true }),
        FarmEvents.OffloadEnded e => state
            .UpdateStage(e.Offload, status =>
                e.Failure is not null ? status with { OffloadFailedOn = status.OffloadFailedOn.Add(e.Worker) } : status)
            .UpdateHelper(e.Offload, _ => null)
            .UpdateWorker(e.Worker, worker => worker with { Offload = null }),
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "Not an offload event."),
    };

    private static FarmState UpdateHelper(this FarmState state, OffloadAddress offload, Func<AttemptHelper?, AttemptHelper?> change) =>
        state.UpdateStage(offload, status =>
    {
        var live = status.Find(offload.Attempt.Number)!;
        return status with { Running = status.Running.Replace(live, live with { Helper = change(live.Helper) }) };
    });

    private static FarmState UpdateStage(this FarmState state, OffloadAddress offload, Func<StageStatus, StageStatus> change) =>
        state.UpdateClip(offload.Attempt.Stage, clip => clip.UpdateStage(offload.Attempt.Stage.StageId, change));

    private static FarmState UpdateWorker(this FarmState state, string id, Func<FarmWorker, FarmWorker> change) =>
        state with { Workers = state.Workers.SetItem(id, change(state.Workers[id])) };
}
