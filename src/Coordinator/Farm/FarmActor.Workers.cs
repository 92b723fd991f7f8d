using Akka.Actor;
using Akka.Remote;
using MlxVideo.Coordinator.History;
using MlxVideo.Coordinator.Logging;
using MlxVideo.Farm.Decisions;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Farm;

/// <summary>The workers' membership and reports.</summary>
public sealed partial class FarmActor
{
    private void OnHello(WorkerHello hello)
    {
        // Either the API does not listen yet, or the node was removed while asleep and is not aware of it: messages to it would be lost.
        if (_api.Value is not { } api || !_members.Includes(Sender.Path.Address))
            return; // the worker sends its hello again
        if (_members.FindFault(hello, Sender.Path.Address) is { } fault)
        {
            Sender.Tell(new WorkerRefused(fault));
            return;
        }

        if (hello.Capabilities is not { Arithmetic.Length: > 0 })
        {
            Sender.Tell(
                new WorkerRefused(
                    "The worker did not report its capabilities: update this worker to the coordinator's version."));
            return;
        }

        if (_workers.Find(hello.WorkerId) is { } incumbent
            && _farm.State.Workers.GetValueOrDefault(hello.WorkerId)?.Epoch != hello.Epoch)
            IncumbentWorkers.Challenge(incumbent, hello, Sender, Self);
        else
            Admit(hello, api);
    }

    private void OnIncumbentAnswer(IncumbentWorkers.Answer answer)
    {
        var hello = answer.Hello;
        if (answer.IsAlive && _workers.Find(hello.WorkerId) is { } incumbent && incumbent.Equals(answer.Incumbent))
        {
            var name = _farm.State.Workers.GetValueOrDefault(hello.WorkerId)?.Name ?? hello.Name;
            _log.WorkerRefused(hello.Name, Sender.Path.Address, name);
            Sender.Tell(IncumbentWorkers.Refusal(name, incumbent));
        }
        else
            Admit(hello, _api.Value!);
    }

    private void Admit(WorkerHello hello, Uri api)
    {
        var (known, sender) = (_workers.Find(hello.WorkerId), Sender);
        if (known is not null && !known.Equals(sender))
            Context.Unwatch(known);
        _workers.Connect(hello.WorkerId, sender);
        Context.Watch(sender);
        _effects.Sources.Set(hello.WorkerId, hello.Blobs);
        _reports.Record(hello, Now + _time.WallClockOffset);
        string[]? revoked = _members.Revoked is { Count: > 0 } serials ? [.. serials.Take(WorkerWelcome.MaxRevoked)] : null;
        Unit.Then(() => sender.Tell(new WorkerWelcome(api.ToString(), _options.Lease.TotalSeconds, revoked)));
        if (Commit(() => _farm.Register(hello.ToCommand(), Now)))
        {
            if (hello.Capabilities.Unfit is { } reason)
                _log.WorkerUnfit(hello.Name, reason);
            else
                _log.WorkerJoined(hello.Name, hello.Device);
        }
        else if (!sender.Equals(known))
            Reconnect(hello);
    }

    /// <summary>Goes on with the attempt of a worker that has a new connection; it is sent again if it did not arrive.</summary>
    private void Reconnect(WorkerHello hello)
    {
        _log.WorkerReconnected(hello.Name);
        if (_farm.State.Drained.ContainsKey(hello.WorkerId))
            Unit.Then(() => _workers.Tell(hello.WorkerId, new DrainWorker(Now: false))); // the first one may have been lost
        if (_farm.State.Workers[hello.WorkerId].Current?.Address is not { } attempt)
            return;
        _leases.Grant(attempt, Now);
        if (!hello.Held.Contains(attempt))
            Unit.Then(() => _effects.AssignAgain(_farm.State, attempt, hello.WorkerId)); // after the welcome
    }

    private void OnGoodbye(WorkerGoodbye goodbye)
    {
        // The goodbye of an earlier process may arrive after the hello of its successor.
        if (_farm.State.Workers.GetValueOrDefault(goodbye.WorkerId)?.Epoch == goodbye.Epoch)
            Lose(goodbye.WorkerId, FailureKind.Preempted, "it left the farm");
    }

    /// <summary>Expects a worker back whose connection was closed: its process ended, or its node starts anew.</summary>
    private void OnDisassociated(DisassociatedEvent closed)
    {
        foreach (var worker in _workers.On(closed.RemoteAddress))
        {
            _workers.Expect(worker, Now + _options.ReconnectTimeout);
            Change(() => _farm.ChangeCondition(worker, WorkerDecisions.ConnectionClosed, Now));
        }
    }

    private void OnTerminated(IActorRef reference)
    {
        if (_workers.IdOf(reference) is { } id)
            Lose(id, FailureKind.Machine, "its process ended");
    }

    private void Lose(string workerId, FailureKind kind, string reason)
    {
        if (_farm.State.Workers.TryGetValue(workerId, out var worker))
        {
            _log.WorkerRemoved(worker.Name, reason);
            Unit.Then(() => _history.Add(HistoryEvents.Left(worker.Name, reason)));
        }

        _reports.Forget(workerId);
        if (_workers.Remove(workerId) is { } reference)
            Context.Unwatch(reference);
        Commit(() => _farm.Remove(workerId, kind, reason, Now));
    }

    private void OnResident(WorkerResident resident)
    {
        _farm.Record(resident.ToCommand());
        Change(() => _farm.ChangeCondition(resident.WorkerId, resident.Problem, Now));
        GiveOutWork();
    }

    /// <summary>
    /// Returns true for a worker in the farm. Reports of a lost worker are not answered: its next hello lists the attempts that may be
    /// resumed.
    /// </summary>
    private bool IsKnown(IActorRef sender)
    {
        _workers.Heard(sender);
        return _workers.IdOf(sender) is not null;
    }

    private void OnProgress(AttemptProgress progress)
    {
        if (_workers.IdOf(Sender) is not { } worker)
            return;
        _workers.Heard(Sender);
        _reports.Record(worker, progress);
        var known = _farm.Profiles.Steps;
        if (!_farm.Progress(progress.ToCommand(), Now))
        {
            Sender.Tell(new CancelAttempt(progress.Attempt));
            return;
        }

        // Stages are not assigned after every step; the next tick does so.
        _leases.Grant(progress.Attempt, Now);
        if (_farm.Profiles.Steps != known)
            _watchers.Changed(progress.Attempt.Stage.Batch);
    }

    /// <summary>Adds lines to the log of an attempt, if the worker runs it.</summary>
    private void OnLog(AttemptLog log)
    {
        if (_workers.IdOf(Sender) is { } worker && _farm.State.StatusOf(log.Attempt.Stage)?.Find(log.Attempt.Number)?.Worker == worker)
            _logs.Add(log);
    }

    private void OnDone(AttemptDone report)
    {
        if (!IsKnown(Sender))
            return;
        Acknowledge(report.Attempt);
        var missing = report.Outputs.FirstOrDefault(output => !_muxing.IsStored(output.Blob));
        var isTaken = Commit(() => missing is null
            ? _farm.Done(report.ToCommand(), Now)
            : _farm.Fail(report.Attempt, FailureKind.Machine, $"output '{missing.Name}' did not arrive", Now));
        if (!isTaken)
            _log.LateResult(report.Attempt);
    }

    /// <summary>Acknowledges a final report once its consequences are stored.</summary>
    private void Acknowledge(AttemptAddress attempt)
    {
        var sender = Sender;
        Unit.Then(() => sender.Tell(new ReportAcknowledged(attempt)));
    }

    private void OnFailed(AttemptFailed report)
    {
        if (!IsKnown(Sender))
            return;
        _log.AttemptFailed(report.Attempt, report.Kind, report.Message);
        Acknowledge(report.Attempt);
        if (report.Kind == FailureKind.MissingInput)
            CheckInputs(report);
        else
            CommitFailure(report.Kind, () => _farm.Fail(report.Attempt, report.Kind, report.Message, Now));
    }

    private void OnOffloadReady(OffloadReady ready)
    {
        if (OffloadDecisions.Find(_farm.State, ready.Offload) is null)
            Sender.Tell(new CancelOffload(ready.Offload));
        else
            Commit(() => _farm.OffloadReady(ready.Offload, Now));
    }

    private void OnOffloadFailed(OffloadFailed failed)
    {
        if (CommitFailure(failed.Kind, () => _farm.FailOffload(failed.Offload, failed.Kind, Now)))
            _log.OffloadEnded(failed.Offload, failed.Kind, failed.Message);
    }
}
