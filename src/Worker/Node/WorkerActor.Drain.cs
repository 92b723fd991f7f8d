using Akka;
using Akka.Actor;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Worker.Node;

/// <content>Leaving the farm: requested by the host when the process is to end, or by the coordinator for the worker's owner.</content>
public sealed partial class WorkerActor
{
    private bool _isDraining;
    private bool _hasLeft;
    private IActorRef? _drainRequester;

    private void OnDrain(Drain drain)
    {
        _drainRequester = Sender;
        BeginDrain(drain.Now);
    }

    private void OnDrainWorker(DrainWorker request)
    {
        if (!_isDraining)
            _log.Draining();
        BeginDrain(request.Now);
    }

    private void BeginDrain(bool now)
    {
        _isDraining = true;
        _offload?.Cancellation.Cancel();
        if (now)
            _work.Cancel();
        if (_work.Running is null && _offload is null)
            FinishDrain();
        else if (_work.Running is not { Cancellation.IsCancellationRequested: false })
            SendGoodbye(); // only cancelled work remains: leaving now prevents assignments until it stops
    }

    private void FinishDrain()
    {
        SendGoodbye();
        _drainRequester?.Tell(Done.Instance);
        _session.EndDrain();
    }

    private void SendGoodbye()
    {
        _hasLeft = true;
        _farm.Tell(new WorkerGoodbye(_identity.Id, _identity.Epoch));
    }

    /// <summary>Requests a drain: no further stages are accepted. Answered with <see cref="Done"/> when none is running.</summary>
    /// <param name="Now">Stops the running stage between two steps instead of waiting for its end.</param>
    public sealed record Drain(bool Now) : INoSerializationVerificationNeeded;
}
