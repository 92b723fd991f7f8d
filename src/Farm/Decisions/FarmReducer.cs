using System.Collections.Immutable;
using MlxVideo.Farm.Commands;
using MlxVideo.Farm.Events;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;

namespace MlxVideo.Farm.Decisions;

/// <summary>Applies events to the state. Never rejects an event: <see cref="FarmDecisions"/> has already validated it.</summary>
public static class FarmReducer
{
    // Clients repeat a submission within minutes.
    private const int MaxArchivedTokens = 10_000;

    /// <summary>Returns the state after an event.</summary>
    public static FarmState Apply(this FarmState state, IFarmEvent happened) => happened switch
    {
        FarmEvents.BatchSubmitted e => AddBatch(state, e),
        FarmEvents.BatchCancelled e => CancelBatch(state, e),
        FarmEvents.BatchArchived e => ArchiveBatch(state, e),
        FarmEvents.BatchBound e => state.With(Bind(state.Batches[e.Batch], e.Binding)),
        FarmEvents.BatchPaused e => state.With(state.Batches[e.Batch] with { IsPaused = true }),
        FarmEvents.BatchResumed e => state.With(state.Batches[e.Batch] with { IsPaused = false }),
        FarmEvents.PriorityChanged e =>
            state.ChangeConstraints(e.Batch, e.Rows, constraints => constraints with { Priority = e.Priority }),
        FarmEvents.DeadlineChanged e =>
            state.ChangeConstraints(e.Batch, e.Rows, constraints => constraints with { Deadline = e.Deadline }),
        FarmEvents.ClipRetried e => state.RetryClip(e),
        FarmEvents.BatchRestored e => state.RestoreBatch(e),
        FarmEvents.BatchRemoved e => state.RemoveBatch(e),
        FarmEvents.WorkerJoined e => state.ForgetFailuresOf(e.Worker) with
        {
            Workers = state.Workers.SetItem(
                e.Worker,
                state.WithOverrides(new FarmWorker(e.Worker, e.Epoch, e.Name, e.Device, e.Model, e.ModelName, e.Capabilities, null))),
            Models = state.Models.SetItem(e.Model, e.ModelName),
        },
        FarmEvents.WorkerLeft e => state with { Workers = state.Workers.Remove(e.Worker) },
        FarmEvents.WorkerConditionChanged e => state with
        {
            Workers = state.Workers.SetItem(e.Worker, state.Workers[e.Worker] with { Problem = e.Problem }),
        },
        FarmEvents.DrainStarted e => state with { Drained = state.Drained.SetItem(e.Worker, e.Name) },
        FarmEvents.DrainEnded e => state with { Drained = state.Drained.Remove(e.Worker) },
        FarmEvents.WorkerTagged e => state.Override(e.Worker, e.Name, overrides => overrides with { Tags = e.Tags }),
        FarmEvents.WorkerHoursChanged e => state.Override(e.Worker, e.Name, overrides => overrides with { Hours = e.Hours }),
        FarmEvents.WorkerForgotten e => state.ForgetFailuresOf(e.Worker) with
        {
            Drained = state.Drained.Remove(e.Worker),
            Overrides = state.Overrides.Remove(e.Worker),
        },
        FarmEvents.AttemptStarted e => StartAttempt(state, e),
        FarmEvents.AttemptSucceeded e => Succeed(state, e),
        FarmEvents.AttemptFailed e => EndAttempt(state, e.Attempt, e.Kind, e.Message, e.IsLost, e.At),
        FarmEvents.AttemptResumed e => ResumeAttempt(state, e),
        FarmEvents.AttemptAbandoned e => EndAttempt(state, e.Attempt, FailureKind.Preempted, message: "", isLost: false, e.At),
        FarmEvents.OffloadAssigned or FarmEvents.OffloadStarted or FarmEvents.OffloadEnded => state.ApplyOffload(happened),
        FarmEvents.ResultShared e => ShareResult(state, e),
        FarmEvents.ArtefactLost e => state.LoseArtefact(e),
        FarmEvents.ClipFinished e =>
            state.EndClip(e.Batch, e.Row, e.At, clip => clip with { State = ClipState.Finished, Framemd5 = e.Framemd5 }),
        FarmEvents.ClipFailed e => state.EndClip(e.Batch, e.Row, e.At, clip => clip with { State = ClipState.Failed, Error = e.Error }),
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "Unknown event."),
    };

    private static FarmState AddBatch(FarmState state, FarmEvents.BatchSubmitted submitted)
    {
        var clips = submitted.Request.Clips.Select(clip => NewClip(clip, submitted.At)).ToList();
        var batch = new Batch(
            submitted.Batch, submitted.Request.ClientToken, submitted.Request.Weight, submitted.At, clips.Count == 0 ? submitted.At : null,
            submitted.Model, submitted.Binding,
            MinServed(state), clips.Any(clip => clip.Constraints.Preempts), WorkOf(clips.SelectMany(clip => clip.Work.Values)),
            clips.ToImmutableSortedDictionary(clip => clip.Row, clip => clip),
            clips.Select(clip => clip.Order).ToImmutableSortedSet(), [], [])
        {
            MaxFailed = submitted.Request.MaxFailed,
            ModelsOfClips = clips.Select(clip => clip.Model).OfType<string>().Distinct(StringComparer.Ordinal)
                .ToImmutableSortedDictionary(model => model, _ => (ModelBinding?)null, StringComparer.Ordinal),
            UsesOwnModel = clips.Count == 0 || clips.Exists(clip => clip.Model is null),
        };
        var byKey = state.ByKey.ToBuilder();
        foreach (var clip in clips)
        {
            foreach (var (stage, work) in clip.Work.Where(stage => stage.Value.Component is not null))
                byKey[work.Key] = byKey.GetValueOrDefault(work.Key, []).Add(new StageAddress(submitted.Batch, clip.Row, stage));
        }

        return state with
        {
            Batches = state.Batches.Add(batch.Id, batch),
            SubmittedBatches = state.SubmittedBatches + 1,
            Open = clips.Count == 0 ? state.Open : state.Open.Add(batch.Id),
            ByKey = byKey.ToImmutable(),
        };
    }

    private static Clip NewClip(ClipRequest submitted, DateTimeOffset at)
    {
        var plan = StagePlanner.Plan(submitted.Settings);
        return UnblockStages(new Clip(
            submitted.Row, submitted.Output, submitted.Constraints, at, submitted.Settings, plan, ClipWork.Of(plan, submitted.Settings),
            ClipState.Waiting, null, null, null, null,
            plan.ExternalInputs.ToImmutableDictionary(),
            plan.Stages.ToImmutableSortedDictionary(stage => stage.Id, _ => StageStatus.Blocked, StringComparer.Ordinal))
        {
            Model = submitted.Model,
        });
    }

    private static Batch Bind(Batch batch, ModelBinding binding)
    {
        if (batch.ClipsAwait(binding))
            batch = batch with { ModelsOfClips = batch.ModelsOfClips.SetItem(binding.Model, binding) };
        return batch.AwaitsOwn(binding) ? batch with { Model = binding.Model, Binding = binding } : batch;
    }

    internal static Clip UnblockStages(Clip clip)
    {
        var stages = clip.Stages;
        foreach (var stage in clip.Plan.Stages)
        {
            if (stages[stage.Id].State == StageState.Blocked && clip.HasInputsOf(stage))
                stages = stages.SetItem(stage.Id, stages[stage.Id] with { State = StageState.Ready });
        }

        return clip with { Stages = stages };
    }

    private static FarmState StartAttempt(FarmState state, FarmEvents.AttemptStarted started)
    {
        var stage = started.Attempt.Stage;
        var live = new LiveAttempt(started.Attempt.Number, started.Worker, started.WorkerName, started.At, started.IsSpeculative);
        var batch = state.Batches[stage.Batch];
        var clip = batch.Clips[stage.Row];
        var begins = batch.Waiting.Contains(clip.Order) && !clip.Work[stage.StageId].IsPreparation;
        state = state.With(batch with
        {
            Served = begins ? batch.Served + (clip.Work.Values.Sum(work => work.TeraOperations) / batch.Weight) : batch.Served,
            Waiting = begins ? batch.Waiting.Remove(clip.Order) : batch.Waiting,
            Started = begins ? batch.Started.Add(clip.Order) : batch.Started,
        });
        state = state.UpdateClip(stage, before => (before with
        {
            State = ClipState.Rendering,
            StartedAt = before.StartedAt ?? started.At,
        }).UpdateStage(stage.StageId, status => status with
        {
            State = StageState.Running,
            Attempt = live.Number,
            Running = status.Running.Add(live),
            Last = live,
            EndedAt = null,
        }));
        state = state with { Local = state.Local.Remove(stage) };
        return state.Workers.TryGetValue(started.Worker, out var worker)
            ? state with
            {
                Workers = state.Workers.SetItem(
                worker.Id, worker with { Current = new CurrentAttempt(started.Attempt, started.At) })
            }
            : state;
    }

    private static FarmState Succeed(FarmState state, FarmEvents.AttemptSucceeded succeeded)
    {
        var stage = succeeded.Attempt.Stage;
        var winner = state.StatusOf(stage)!.Find(succeeded.Attempt.Number)!;
        return CompleteStage(Release(state, succeeded.Attempt, winner), stage, succeeded.Outputs, winner, succeeded.At);
    }

    private static FarmState ShareResult(FarmState state, FarmEvents.ResultShared shared) =>
        CompleteStage(state, shared.Stage, shared.Outputs, last: null, shared.At);

    /// <param name="last">The attempt that completed the stage; null for a result of another stage.</param>
    private static FarmState CompleteStage(
        FarmState state, StageAddress stage, IReadOnlyList<NamedBlob> outputs, LiveAttempt? last, DateTimeOffset at)
    {
        var batch = state.Batches[stage.Batch];
        state = state.With(batch with { Left = Less(batch.Left, [batch.Clips[stage.Row].Work[stage.StageId]]) });
        var wasReady = state.ClipOf(stage)!.ReadyStages().OfType<MuxStage>().Any();
        state = state.UpdateClip(stage, clip => UnblockStages((clip with
        {
            Artefacts = clip.Artefacts.SetItems(outputs.Select(output => KeyValuePair.Create(output.Name, output.Blob))),
        }).UpdateStage(stage.StageId, status => status with
        {
            State = StageState.Done,
            EndedAt = at,
            Last = last ?? status.Last,
            Running = status.Running.RemoveAll(attempt => attempt.Number == last?.Number),
        })));
        return !wasReady && state.ClipOf(stage)!.ReadyStages().OfType<MuxStage>().FirstOrDefault() is { } mux
            ? state with { Local = state.Local.Add(stage with { StageId = mux.Id }) }
            : state;
    }

    private static FarmState EndAttempt(
        FarmState state, AttemptAddress attempt, FailureKind kind, string message, bool isLost, DateTimeOffset at)
    {
        var ended = state.StatusOf(attempt.Stage)!.Find(attempt.Number)!;
        var charged = FailureCharges.ChargedTo(kind, ended.Worker);
        state = Release(state, attempt, ended);
        if (charged == ended.Worker)
            state = state.CountFailure(attempt.Stage, ended.Worker, 1);
        state = state.UpdateClip(attempt.Stage, clip => clip.UpdateStage(attempt.Stage.StageId, status =>
        {
            var running = status.Running.Remove(ended);
            var again = status.State == StageState.Running && running.IsEmpty;
            var retry = clip.HasInputsOf(clip.Stage(attempt.Stage.StageId)) ? StageState.Ready : StageState.Blocked;
            return status with
            {
                State = again ? retry : status.State,
                Running = running,
                EndedAt = again ? at : status.EndedAt,
                FailedOn = charged is null ? status.FailedOn : status.FailedOn.Add(charged),
                Errors = charged is null ? status.Errors : status.Errors.Add($"{ended.WorkerName}: {message}"),
                Lost = isLost ? status.Lost.Add(ended with { Helper = null }) : status.Lost,
            };
        }));
        var isLocal = state.ClipOf(attempt.Stage)!.Work[attempt.Stage.StageId].Component is null;
        return isLocal && state.StatusOf(attempt.Stage)!.State == StageState.Ready
            ? state with { Local = state.Local.Add(attempt.Stage) }
            : state;
    }

    private static FarmState ResumeAttempt(FarmState state, FarmEvents.AttemptResumed resumed)
    {
        var (stage, number) = (resumed.Attempt.Stage, resumed.Attempt.Number);
        var lost = state.StatusOf(stage)!.Lost.Find(attempt => attempt.Number == number)!;
        var worker = state.Workers[resumed.Worker];
        state = state.CountFailure(stage, lost.Worker, -1);
        return state.UpdateClip(stage, clip => clip.UpdateStage(stage.StageId, status => status with
        {
            State = StageState.Running,
            Running = status.Running.Add(lost with { IsSpeculative = !status.Running.IsEmpty }),
            Last = lost,
            EndedAt = null,
            FailedOn = status.FailedOn.Remove(lost.Worker), // losing contact was not a failure
            Lost = status.Lost.Remove(lost),
        })) with
        {
            Workers = state.Workers.SetItem(worker.Id, worker with { Current = new CurrentAttempt(resumed.Attempt, resumed.At) }),
        };
    }

    private static FarmState Release(FarmState state, AttemptAddress attempt, LiveAttempt live) =>
        state.Workers.TryGetValue(live.Worker, out var worker) && worker.Current?.Address == attempt
            ? state with { Workers = state.Workers.SetItem(worker.Id, worker with { Current = null }) }
            : state;

    internal static ImmutableSortedDictionary<string, double> WorkOf(IEnumerable<StageWork> stages) =>
        stages.GroupBy(stage => stage.Kind)
            .ToImmutableSortedDictionary(kind => kind.Key, kind => kind.Sum(stage => stage.TeraOperations), StringComparer.Ordinal);

    private static ImmutableSortedDictionary<string, double> Less(
        ImmutableSortedDictionary<string, double> left, IEnumerable<StageWork> done) =>
        done.Aggregate(left, (rest, stage) => rest.SetItem(stage.Kind, Math.Max(0, rest[stage.Kind] - stage.TeraOperations)));

    internal static double MinServed(FarmState state) => state.Open.IsEmpty ? 0 : state.Open.Min(id => state.Batches[id].Served);

    private static FarmState ArchiveBatch(FarmState state, FarmEvents.BatchArchived archived)
    {
        var batch = state.Batches[archived.Batch];
        var known = state.Archived.SetItem(batch.ClientToken, new ArchivedBatch(batch.Id, batch.Model));
        return state with
        {
            Batches = state.Batches.Remove(batch.Id),
            Archived = known.Count <= MaxArchivedTokens ? known : known.Remove(known.MinBy(entry => entry.Value.Id).Key),
        };
    }

    private static FarmState CancelBatch(FarmState state, FarmEvents.BatchCancelled cancelled)
    {
        var batch = state.Batches[cancelled.Batch];
        var open = batch.Started.Concat(batch.Waiting).Select(clip => clip.Row).ToList();
        return open.Aggregate(state, (current, row) =>
            current.EndClip(
                cancelled.Batch, row, cancelled.At, clip => clip with { State = ClipState.Cancelled, Error = cancelled.Reason }));
    }

    private static FarmState EndClip(this FarmState state, string batchId, int row, DateTimeOffset at, Func<Clip, Clip> change)
    {
        var address = new StageAddress(batchId, row, "");
        var before = state.Batches[batchId].Clips[row];
        state = state.UpdateClip(address, clip => change(clip) with
        {
            EndedAt = at,
            Stages = clip.Stages.ToImmutableSortedDictionary(
                pair => pair.Key,
                pair => pair.Value.State is StageState.Running or StageState.Ready or StageState.Blocked
                    ? pair.Value with { State = StageState.Failed, EndedAt = pair.Value.EndedAt ?? at }
                    : pair.Value,
                StringComparer.Ordinal),
        });
        var batch = state.Batches[batchId];
        var ended = batch.Clips[row];
        batch = batch with
        {
            Waiting = batch.Waiting.Remove(ended.Order),
            Started = batch.Started.Remove(ended.Order),
            Left = Less(batch.Left, before.Work.Where(work => before.Stages[work.Key].State != StageState.Done).Select(work => work.Value)),
        };
        var isOver = batch.Waiting.IsEmpty && batch.Started.IsEmpty;
        return state.With(isOver ? batch with { EndedAt = at } : batch) with
        {
            Open = isOver ? state.Open.Remove(batchId) : state.Open,
            Local = state.Local.RemoveAll(stage => stage.Batch == batchId && stage.Row == row),
            ByKey = ForgetKeys(state.ByKey, ended, address),
        };
    }

    internal static ImmutableDictionary<string, ImmutableList<StageAddress>> ForgetKeys(
        ImmutableDictionary<string, ImmutableList<StageAddress>> byKey, Clip ended, StageAddress address)
    {
        foreach (var (stage, work) in ended.Work)
        {
            if (!byKey.TryGetValue(work.Key, out var stages))
                continue;
            stages = stages.Remove(address with { StageId = stage });
            byKey = stages.IsEmpty ? byKey.Remove(work.Key) : byKey.SetItem(work.Key, stages);
        }

        return byKey;
    }

    internal static FarmState With(this FarmState state, Batch batch) => state with { Batches = state.Batches.SetItem(batch.Id, batch) };

    internal static FarmState UpdateClip(this FarmState state, StageAddress stage, Func<Clip, Clip> change)
    {
        var batch = state.Batches[stage.Batch];
        var changed = change(batch.Clips[stage.Row]);
        return state.With(batch with
        {
            Clips = batch.Clips.SetItem(stage.Row, changed),
            Ready = batch.Started.Contains(changed.Order) && changed.HasStageForWorker
                ? batch.Ready.Add(changed.Order)
                : batch.Ready.Remove(changed.Order),
        });
    }

    internal static Clip UpdateStage(this Clip clip, string stageId, Func<StageStatus, StageStatus> change) =>
        clip with { Stages = clip.Stages.SetItem(stageId, change(clip.Stages[stageId])) };
}
