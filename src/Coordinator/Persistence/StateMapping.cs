using System.Collections.Immutable;
using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Coordinator.Persistence;

/// <summary>Converts the farm's state to and from its stored form.</summary>
internal static class StateMapping
{
    public static StoredState ToStored(FarmState state) => new(
        state.Batches.Values.OrderBy(batch => batch.SubmittedAt).Select(ToStored).ToList(),
        state.Workers.Values.Select(ToStored).ToList(),
        state.Models.ToDictionary(),
        [.. state.Local],
        state.Archived.ToDictionary(entry => entry.Key, entry => new StoredArchivedBatch(entry.Value.Id, entry.Value.Model)),
        state.SubmittedBatches,
        state.Drained.ToDictionary(),
        state.Overrides.Select(entry => ToStored(entry.Key, entry.Value)).ToList());

    public static FarmState ToDomain(StoredState stored)
    {
        var empty = FarmState.Empty;
        var overrides = empty.Overrides.AddRange(
            (stored.Overrides ?? []).Select(entry => KeyValuePair.Create(entry.Worker, ToDomain(entry))));
        var workers = empty with
        {
            Overrides = overrides,
            Workers = empty.Workers.AddRange((stored.Workers ?? []).Select(
                worker => KeyValuePair.Create(worker.Id, ToDomain(worker, overrides.GetValueOrDefault(worker.Id))))),
            Models = empty.Models.AddRange(stored.Models ?? []),
        };
        var state = (stored.Batches ?? []).Aggregate(workers, (current, batch) => current.WithRecovered(ToDomain(batch)));
        return state with
        {
            Local = [.. stored.Local ?? []],
            Archived = empty.Archived.AddRange((stored.Archived ?? []).Select(
                entry => KeyValuePair.Create(entry.Key, new ArchivedBatch(entry.Value.Id, entry.Value.Model)))),
            SubmittedBatches = stored.SubmittedBatches,
            Drained = empty.Drained.AddRange(stored.Drained ?? []),
        };
    }

    /// <summary>Returns the stored form of a batch.</summary>
    public static StoredBatch ToStored(Batch batch) => ToStored(new RecoveredBatch(
        batch.Id,
        new BatchRequest(
            batch.ClientToken,
            batch.Clips.Values.Select(clip => new ClipRequest(clip.Row, clip.Output, clip.Constraints, clip.Settings, clip.Model)).ToList(),
            batch.Weight, batch.Model, batch.MaxFailed),
        batch.SubmittedAt, batch.EndedAt, batch.Model, batch.Binding, batch.Served,
        batch.Clips.ToDictionary(clip => clip.Key, clip => RecoverableOf(clip.Value)), batch.Failures)
    {
        IsPaused = batch.IsPaused,
        BindingsOfClips = batch.ModelsOfClips.Values.OfType<ModelBinding>().ToList(),
    });

    /// <summary>Returns the stored form of a batch.</summary>
    public static StoredBatch ToStored(RecoveredBatch batch) => new(
        batch.Id, StoredRequest.Of(batch.Request), StoredTime.Of(batch.SubmittedAt), StoredTime.Of(batch.EndedAt), batch.Model,
        StoredBinding.Of(batch.Binding), batch.Served, batch.Clips.Select(clip => ToStored(clip.Key, clip.Value)).ToList(),
        batch.Failures.Select(entry => new StoredFailures(entry.Key.Worker, entry.Key.Kind, entry.Value)).ToList(),
        batch.IsPaused, batch.BindingsOfClips.Select(binding => StoredBinding.Of(binding)!).ToList());

    /// <summary>Returns the domain form of a stored batch.</summary>
    public static RecoveredBatch ToDomain(StoredBatch batch) => new(
        batch.Id, batch.Request.ToDomain(), StoredTime.ToTime(batch.SubmittedAt), StoredTime.ToTime(batch.EndedAt), batch.Model,
        batch.Binding?.ToDomain(), batch.Served, (batch.Clips ?? []).ToDictionary(clip => clip.Row, ToDomain),
        (batch.Failures ?? []).ToDictionary(entry => new WorkerKind(entry.Worker, entry.Kind), entry => entry.Count))
    {
        IsPaused = batch.IsPaused,
        BindingsOfClips = (batch.BindingsOfClips ?? []).Select(binding => binding.ToDomain()).ToList(),
    };

    /// <summary>Returns what the request does not determine; stages that have never been assigned or completed are left out.</summary>
    private static RecoveredClip RecoverableOf(Clip clip) => new(
        clip.State, clip.Error, clip.StartedAt, clip.EndedAt, clip.Framemd5, clip.Artefacts,
        clip.Stages.Where(stage => IsChanged(stage.Value)).ToDictionary(stage => stage.Key, stage => stage.Value), clip.Losses);

    private static StoredClip ToStored(int row, RecoveredClip clip) => new(
        row, clip.State, clip.Error, StoredTime.Of(clip.StartedAt), StoredTime.Of(clip.EndedAt), clip.Framemd5,
        clip.Artefacts.Select(artefact => new NamedBlob(artefact.Key, artefact.Value)).ToList(),
        clip.Stages.Select(stage => ToStored(stage.Key, stage.Value)).ToList(),
        clip.Losses.ToDictionary());

    private static RecoveredClip ToDomain(StoredClip clip) => new(
        clip.State, clip.Error, StoredTime.ToTime(clip.StartedAt), StoredTime.ToTime(clip.EndedAt), clip.Framemd5,
        (clip.Artefacts ?? []).ToDictionary(artefact => artefact.Name, artefact => artefact.Blob),
        (clip.Stages ?? []).ToDictionary(stage => stage.Id, ToDomain), clip.Losses ?? []);

    /// <summary>False for a stage that only waits for its inputs or for a worker.</summary>
    private static bool IsChanged(StageStatus status) =>
        status.State is not (StageState.Blocked or StageState.Ready) || status.Attempt > 0 || status.OffloadCount > 0;

    private static StoredStage ToStored(string id, StageStatus status) => new(
        id, status.State, status.Attempt, status.Running.Select(ToStored).ToList(), status.Last is { } last ? ToStored(last) : null,
        StoredTime.Of(status.EndedAt), [.. status.FailedOn], status.OffloadCount, [.. status.OffloadFailedOn],
        status.Lost.Select(ToStored).ToList(), [.. status.Errors]);

    private static StageStatus ToDomain(StoredStage stage) => new(
        stage.State, stage.Attempt, (stage.Running ?? []).Select(ToDomain).ToImmutableList(),
        stage.Last is { } last ? ToDomain(last) : null, StoredTime.ToTime(stage.EndedAt), [.. stage.FailedOn ?? []], stage.OffloadCount,
        [.. stage.OffloadFailedOn ?? []], (stage.Lost ?? []).Select(ToDomain).ToImmutableList())
    {
        Errors = [.. stage.Errors ?? []],
    };

    private static StoredAttempt ToStored(LiveAttempt attempt) => new(
        attempt.Number, attempt.Worker, attempt.WorkerName, StoredTime.Of(attempt.StartedAt), attempt.IsSpeculative,
        attempt.Helper is { } helper
            ? new StoredHelper(helper.Number, helper.Worker, helper.Evaluations, StoredTime.Of(helper.Since), helper.IsReady)
            : null);

    private static LiveAttempt ToDomain(StoredAttempt attempt) => new(
        attempt.Number, attempt.Worker, attempt.WorkerName, StoredTime.ToTime(attempt.StartedAt), attempt.IsSpeculative,
        attempt.Helper is { } helper
            ? new AttemptHelper(helper.Number, helper.Worker, helper.Evaluations, StoredTime.ToTime(helper.Since), helper.IsReady)
            : null);

    private static StoredWorker ToStored(FarmWorker worker) => new(
        worker.Id, worker.Epoch, worker.Name, worker.Device, worker.Model, worker.ModelName, worker.Own,
        worker.Current?.Address, StoredTime.Of(worker.Current?.StartedAt), worker.Offload, worker.Problem);

    private static FarmWorker ToDomain(StoredWorker worker, WorkerOverrides? overrides) => new(
        worker.Id, worker.Epoch, worker.Name, worker.Device, worker.Model, worker.ModelName,
        overrides?.ApplyTo(worker.Capabilities) ?? worker.Capabilities,
        worker is { Current: { } current, CurrentSince: { } since } ? new CurrentAttempt(current, StoredTime.ToTime(since)) : null,
        worker.Offload, worker.Problem)
    {
        Own = worker.Capabilities,
    };

    private static StoredOverrides ToStored(string worker, WorkerOverrides overrides) => new(
        worker, overrides.Name, overrides.Tags is not null, overrides.Tags is { } tags ? [.. tags] : null, overrides.Hours);

    private static WorkerOverrides ToDomain(StoredOverrides overrides) =>
        new(overrides.Name, overrides.HasTags ? overrides.Tags ?? [] : null, overrides.Hours);
}
