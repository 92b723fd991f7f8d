using Akka.Actor;
using MlxVideo.Coordinator.Logging;
using MlxVideo.Farm.Decisions;
using MlxVideo.Farm.Views;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Protocol;

namespace MlxVideo.Coordinator.Farm;

/// <summary>Workers that their owner takes out of the farm, and lets back in.</summary>
public sealed partial class FarmActor
{
    private void OnDrainWorker(FarmQueries.DrainWorker query)
    {
        var sender = Sender;
        var found = DrainDecisions.Find(_farm.State, query.Worker, drained: false);
        if (found.Id is not { } id)
        {
            // A drained worker that has left is what the request asks for.
            var left = DrainDecisions.Find(_farm.State, query.Worker, drained: true).Id;
            sender.Tell(left is null
                ? new FarmQueries.Refused(found.Error!, FarmRequestError.NotFound)
                : BatchViews.DrainedWorker(_farm.State, left));
            return;
        }

        if (Commit(() => _farm.Drain(id, Now)))
            _log.WorkerDrained(_farm.State.Workers[id].Name);
        Unit.Then(() => _workers.Tell(id, new DrainWorker(query.Now)));
        Unit.Then(() => sender.Tell(BatchViews.DrainedWorker(_farm.State, id)));
    }

    private void OnResumeWorker(FarmQueries.ResumeWorker query)
    {
        var sender = Sender;
        var found = DrainDecisions.Find(_farm.State, query.Worker, drained: true);
        if (found.Id is not { } id)
        {
            sender.Tell(new FarmQueries.Refused(found.Error!, FarmRequestError.NotFound));
            return;
        }

        var worker = BatchViews.DrainedWorker(_farm.State, id);
        Commit(() => _farm.Resume(id, Now));
        _log.WorkerResumed(worker.Name);
        Unit.Then(() => sender.Tell(worker));
    }
}
