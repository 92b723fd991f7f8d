using Akka.Actor;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Worker.Node;

/// <content>Evaluations that an idle worker computes for another one.</content>
public sealed partial class WorkerActor
{
    private void OnAssignOffload(AssignOffload assignment)
    {
        if (_offload?.Assignment.Offload == assignment.Offload)
            return;
        if (_drainRequester is not null || _work.Next is not null || _work.Running is { Cancellation.IsCancellationRequested: false })
            _farm.Tell(new OffloadFailed(assignment.Offload, FailureKind.Preempted, "the worker is busy"));
        else if (_work.Running is not null || _offload is not null)
        {
            _nextOffload = assignment;
            _offload?.Cancellation.Cancel();
        }
        else
            StartOffload(assignment);
    }

    private void StartOffload(AssignOffload assignment)
    {
        var (self, offload) = (Self, assignment.Offload);
        _offload = new RunningOffload(assignment, new CancellationTokenSource());
        _runner.OffloadAsync(assignment, _api!, () => self.Tell(new OffloadIsReady(offload)), _offload.Cancellation.Token).PipeTo(
            self,
            success: () => new OffloadIsOver(offload, null),
            failure: ex => new OffloadIsOver(offload, ex));
    }

    private void OnOffloadReady(OffloadAddress offload)
    {
        if (_offload is { Cancellation.IsCancellationRequested: false } && _offload.Assignment.Offload == offload)
            _farm.Tell(new OffloadReady(offload));
    }

    private void OnCancelOffload(CancelOffload cancel)
    {
        if (_nextOffload?.Offload == cancel.Offload)
            _nextOffload = null;
        if (_offload?.Assignment.Offload == cancel.Offload)
            _offload.Cancellation.Cancel();
    }

    private void OnOffloadOver(OffloadIsOver over)
    {
        var cancelled = _offload!.Cancellation.IsCancellationRequested;
        _offload.Cancellation.Dispose();
        _offload = null;
        if (!cancelled)
        {
            var failure = over.Fault is null ? null : FailureOf(over.Offload.Attempt, over.Fault);
            _farm.Tell(new OffloadFailed(over.Offload, failure?.Kind ?? FailureKind.Preempted, failure?.Message ?? "the offload ended"));
        }

        StartPending();
    }

    private sealed record OffloadIsReady(OffloadAddress Offload) : INoSerializationVerificationNeeded;

    private sealed record OffloadIsOver(OffloadAddress Offload, Exception? Fault) : INoSerializationVerificationNeeded;

    internal sealed record HelperAbandoned(OffloadAddress Offload, string Reason) : INoSerializationVerificationNeeded;

    private sealed record RunningOffload(AssignOffload Assignment, CancellationTokenSource Cancellation);
}
