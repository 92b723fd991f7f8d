using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Profiles;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Farm.Views;

/// <summary>Converts the farm's state to the API's views.</summary>
public static class BatchViews
{
    /// <summary>Returns the API's view of a batch.</summary>
    /// <param name="version">Number of the view.</param>
    /// <param name="options">Scheduler settings, which the completion estimates depend on.</param>
    public static BatchView Of(FarmSnapshot farm, Batch batch, long version, SchedulingOptions options, DateTimeOffset now)
    {
        var tookPart = batch.Clips.Values.SelectMany(clip => clip.Stages.Values).Select(status => status.Last?.WorkerName).OfType<string>();
        var workers = farm.OfUsableWorkers().State.Workers.Values.Select(worker => worker.Name).Concat(tookPart)
            .Where(name => name != LocalWorker).Distinct().Order(StringComparer.Ordinal);
        var estimates = batch.EndedAt is null
            ? ClipEstimates.Of(farm, batch.Id, options, now)
            : new Dictionary<int, ClipEstimate>();
        var waiting = WaitingReasons.Of(farm, batch, estimates.Keys, options, now);
        return new BatchView(
            batch.Id,
            version,
            batch.EndedAt is null ? BatchState.Running : BatchState.Ended,
            Seconds(batch.SubmittedAt, batch.EndedAt, now),
            workers.ToList(),
            batch.Clips.Values.Select(View).ToList(),
            batch.Model)
        {
            Paused = IsPaused(batch),
        };

        ClipView View(Clip clip) =>
            ClipView(farm, batch, clip, estimates.GetValueOrDefault(clip.Row), waiting.GetValueOrDefault(clip.Row), now);
    }

    /// <summary>Display name for stages that run on the coordinator itself.</summary>
    public const string LocalWorker = FailureCharges.Coordinator;

    /// <summary>Returns all batches for the API, in the order of submission.</summary>
    public static BatchList List(FarmState state) => new(state.Batches.Values.OrderBy(batch => batch.SubmittedAt).Select(batch =>
    {
        var counts = batch.Clips.Values.CountBy(clip => clip.State).ToDictionary();
        return new BatchSummary(
            batch.Id, batch.EndedAt is null ? BatchState.Running : BatchState.Ended, batch.SubmittedAt, batch.EndedAt,
            new ClipCounts(
                Count(ClipState.Waiting), Count(ClipState.Rendering), Count(ClipState.Finished),
                Count(ClipState.Failed), Count(ClipState.Cancelled)))
        {
            Paused = IsPaused(batch),
        };

        int Count(ClipState clip) => counts.GetValueOrDefault(clip);
    }).ToList());

    /// <summary>Returns the farm's status for the API.</summary>
    public static FarmStatus Status(FarmState state) => Status(new FarmSnapshot(state, WorkerProfiles.Of(state)));

    /// <summary>Returns the farm's status for the API, with what the profiles tell of the workers.</summary>
    public static FarmStatus Status(FarmSnapshot farm) => new(
        farm.State.Workers.Values.Select(worker => WorkerViews.Of(farm, worker)).ToList())
    {
        Drained = farm.State.Drained.Keys.Select(id => DrainedWorker(farm.State, id)).ToList(),
    };

    /// <summary>Returns a worker that is or was drained.</summary>
    public static DrainedWorker DrainedWorker(FarmState state, string id) =>
        state.Workers.TryGetValue(id, out var worker)
            ? new DrainedWorker(id, worker.Name, ActivityOf(worker))
            : new DrainedWorker(id, state.Drained.GetValueOrDefault(id, id));

    internal static string? ActivityOf(FarmWorker worker) => worker switch
    {
        { Current.Address.Stage: var stage } => $"row {stage.Row}: {stage.StageId}",
        { Offload.Attempt.Stage: var stage } => $"row {stage.Row}: helping with {stage.StageId}",
        _ => null,
    };

    private static ClipView ClipView(
        FarmSnapshot farm, Batch batch, Clip clip, ClipEstimate? estimate, string? waitingFor, DateTimeOffset now) => new(
        clip.Row,
        clip.Output,
        clip.Settings,
        clip.State,
        clip.Error,
        clip.StartedAt is { } started ? Seconds(started, clip.EndedAt, now) : 0,
        estimate is not { Expected: < double.PositiveInfinity }
            ? null
            : new RemainingTime(Math.Round(estimate.Expected, 1), Math.Round(estimate.Earliest, 1), Math.Round(estimate.Latest, 1)),
        clip.State == ClipState.Finished ? clip.Artefacts[clip.Plan.Clip] : null,
        clip.Framemd5,
        clip.Plan.Stages.Select(stage =>
        {
            var status = clip.Stages[stage.Id];
            var steps =
                farm.Profiles.Steps.GetValueOrDefault(new AttemptAddress(new StageAddress(batch.Id, clip.Row, stage.Id), status.Attempt));
            var elapsed = status.Last is { } last ? Seconds(last.StartedAt, status.EndedAt, now) : 0;
            return new StageView(stage.Id, status.State, status.Last?.WorkerName, status.Last?.Number ?? 0, steps?.Step ?? 0, steps?.Steps
                ?? 0, elapsed)
            {
                Errors = status.Errors,
            };
        }).ToList(),
        waitingFor)
        {
            Constraints = clip.Constraints,
        };

    private static bool IsPaused(Batch batch) => batch.IsPaused && batch.EndedAt is null;

    private static double Seconds(DateTimeOffset from, DateTimeOffset? to, DateTimeOffset now) =>
        Math.Max(0, Math.Round(((to ?? now) - from).TotalSeconds, 3)); // an earlier coordinator process may have had a different clock
}
