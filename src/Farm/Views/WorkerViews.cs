using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Farm.Views;

/// <summary>Converts workers to the API's views.</summary>
public static class WorkerViews
{
    /// <summary>Returns the workers in the farm, then those that are drained or have overrides and are not in it.</summary>
    public static IReadOnlyList<WorkerView> All(FarmSnapshot farm) =>
    [
        .. farm.State.Workers.Values.Select(worker => Of(farm, worker)),
        .. farm.State.Drained.Keys.Union(farm.State.Overrides.Keys).Where(id => !farm.State.Workers.ContainsKey(id))
            .Select(id => Absent(farm.State, id)),
    ];

    /// <summary>Returns a worker in the farm or a remembered one; null for any other.</summary>
    public static WorkerView? Find(FarmSnapshot farm, string id)
    {
        if (farm.State.Workers.TryGetValue(id, out var worker))
            return Of(farm, worker);
        return WorkerDecisions.NameOf(farm.State, id) is null ? null : Absent(farm.State, id);
    }

    /// <summary>Returns a worker in the farm.</summary>
    public static WorkerView Of(FarmSnapshot farm, FarmWorker worker)
    {
        var (capabilities, profile) = (worker.Capabilities, farm.Profiles.Of(worker));
        return WithOverrides(farm.State, new WorkerView(
            worker.Id, worker.Name, worker.Device, worker.Model, worker.ModelName, capabilities.Arithmetic, BatchViews.ActivityOf(worker),
            capabilities.Unfit ?? worker.Problem)
        {
            State = StateOf(farm.State, worker),
            MemoryBytes = capabilities.MemoryBytes,
            WeightBytes = capabilities.WeightBytes,
            Tags = capabilities.Tags,
            Hours = capabilities.Hours is { } hours ? HoursText.Format(hours) : null,
            Resident = profile.Resident.Components,
            TeraflopsPerSecond = Round(1 / farm.Profiles.Speeds.SecondsPerTeraOperation(
                worker.Id, capabilities.Precision, capabilities.TeraflopsPerSecond, DenoiseStage.KindId)),
            LinkBytesPerSecond = Round(profile.LinkBytesPerSecond),
            Stage = StageOf(farm.State, worker),
        });
    }

    private static WorkerView Absent(FarmState state, string id) => WithOverrides(
        state, new WorkerView(id, WorkerDecisions.NameOf(state, id)!, "", "", "", "", null)
        {
            State = state.Drained.ContainsKey(id) ? WorkerState.Drained : WorkerState.Disconnected,
            Present = false,
            Tags = state.Overrides.GetValueOrDefault(id)?.Tags ?? [],
            Hours = state.Overrides.GetValueOrDefault(id)?.Hours is { } hours ? HoursText.Format(hours) : null,
        });

    private static WorkerView WithOverrides(FarmState state, WorkerView view) =>
        state.Overrides.TryGetValue(view.Id, out var overrides)
            ? view with { TagsSet = overrides.Tags is not null, HoursSet = overrides.Hours is not null }
            : view;

    private static WorkerState StateOf(FarmState state, FarmWorker worker) => worker switch
    {
        { IsFit: false } => WorkerState.Unfit,
        { Problem: WorkerDecisions.ConnectionClosed or RestartDecisions.NotReconnected } => WorkerState.Disconnected,
        _ when state.Drained.ContainsKey(worker.Id) => WorkerState.Drained,
        { Problem: not null } => WorkerState.Blocked,
        { Current: null, Offload: null } => WorkerState.Idle,
        _ => WorkerState.Busy,
    };

    private static WorkerStage? StageOf(FarmState state, FarmWorker worker)
    {
        if (worker.Current is { Address: { Stage: var stage } attempt } current)
            return new WorkerStage(stage.Batch, stage.Row, stage.StageId, attempt.Number, current.StartedAt);
        return worker.Offload is { Attempt: { Stage: var helped } owner } offload && OffloadDecisions.Find(state, offload) is { } helper
            ? new WorkerStage(helped.Batch, helped.Row, helped.StageId, owner.Number, helper.Since, Helping: true)
            : null;
    }

    private static double Round(double value) => double.IsFinite(value) ? Math.Round(value, 3) : 0;
}
