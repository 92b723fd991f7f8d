using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Farm.Decisions;

/// <summary>What the events of help make of the state.</summary>
internal static class HelpReducer
{
    /// <summary>The state after an event of help.</summary>
    public static FarmState ApplyHelp(this FarmState state, IFarmEvent happened) => happened switch
    {
        FarmEvents.HelpAssigned e => state
            .UpdateStage(e.Help, stage => stage with { Helps = e.Help.Number })
            .UpdateHelper(e.Help, _ => new AttemptHelper(e.Help.Number, e.Worker, e.Passes, e.At, IsReady: false))
            .UpdateWorker(e.Worker, worker => worker with { Helps = e.Help }),
        FarmEvents.HelpBegan e => state.UpdateHelper(e.Help, helper => helper! with { IsReady = true }),
        FarmEvents.HelpEnded e => state
            .UpdateStage(e.Help, stage => e.Failure is not null ? stage with { HelpFailedOn = stage.HelpFailedOn.Add(e.Worker) } : stage)
            .UpdateHelper(e.Help, _ => null)
            .UpdateWorker(e.Worker, worker => worker with { Helps = null }),
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "No event of help."),
    };

    private static FarmState UpdateHelper(this FarmState state, HelpAddress help, Func<AttemptHelper?, AttemptHelper?> change) =>
        state.UpdateStage(help, stage =>
    {
        var live = stage.Find(help.Attempt.Number)!;
        return stage with { Running = stage.Running.Replace(live, live with { Helper = change(live.Helper) }) };
    });

    private static FarmState UpdateStage(this FarmState state, HelpAddress help, Func<StageProgress, StageProgress> change) =>
        state.UpdateClip(help.Attempt.Task, clip => clip.UpdateStage(help.Attempt.Task.Stage, change));

    private static FarmState UpdateWorker(this FarmState state, string id, Func<FarmWorker, FarmWorker> change) =>
        state with { Workers = state.Workers.SetItem(id, change(state.Workers[id])) };
}
