using Akka.Actor;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Worker.Node;

/// <content>Results that an earlier process of this worker computed and could not report.</content>
public sealed partial class WorkerActor
{
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Uploads the outputs, which the coordinator may lack, before their attempts are reported.</summary>
    private void OfferSpooled()
    {
        if (_work.Spooled.Count == 0)
            return;
        StartHeartbeat();
        foreach (var result in _work.Spooled.Values)
            _runner.UploadAsync(result.Outputs, _api!, _stopping.Token).PipeTo(
                Self,
                success: () => new Offered(result, null),
                failure: ex => new Offered(result, ex));
    }

    private void OnOffered(Offered offered)
    {
        var attempt = offered.Result.Attempt;
        if (!_work.Spooled.Remove(attempt))
            return; // cancelled meanwhile
        if (_work is { Spooled.Count: 0, Running: null, Next: null })
            Timers.Cancel(nameof(Heartbeat));
        if (offered.Fault is null)
        {
            Report(attempt, offered.Result);
            return;
        }

        _work.Unspool(attempt);
        var reason = offered.Fault.GetBaseException().Message;
        Report(
            attempt, new AttemptFailed(attempt, FailureKind.Preempted, $"its result was lost when the worker was restarted ({reason})"));
    }

    private sealed record Offered(AttemptDone Result, Exception? Fault) : INoSerializationVerificationNeeded;
}
