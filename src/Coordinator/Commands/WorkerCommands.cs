using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Security;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Commands.Requests;

namespace MlxVideo.Coordinator.Commands;

/// <summary>Handlers of the commands for workers.</summary>
internal sealed class WorkerCommands(FarmQueryClient farm, SecurityCommands security) : ICommandGroup
{
    /// <inheritdoc/>
    public void Register(CommandHandlers handlers)
    {
        handlers.Add<ListWorkers, WorkerList>((_, cancellationToken) =>
            farm.AskAsync<WorkerList>(FarmQueries.ListWorkers.Instance, cancellationToken));
        handlers.Add<ShowWorker, WorkerView>((request, cancellationToken) =>
            farm.AskAsync<WorkerView>(new FarmQueries.GetWorker(request.Worker), cancellationToken));
        handlers.Add<TagWorker, WorkerView>((request, cancellationToken) =>
            farm.AskAsync<WorkerView>(new FarmQueries.TagWorker(request.Worker, request.Tags), cancellationToken));
        handlers.Add<SetWorkerHours, WorkerView>((request, cancellationToken) =>
            farm.AskAsync<WorkerView>(new FarmQueries.SetHours(request.Worker, request.Hours), cancellationToken));
        handlers.Add<ForgetWorker, ForgottenWorker>((request, cancellationToken) =>
            farm.AskAsync<ForgottenWorker>(new FarmQueries.ForgetWorker(request.Worker), cancellationToken));
        handlers.Add<DrainWorker, DrainedWorker>((request, cancellationToken) =>
            farm.AskAsync<DrainedWorker>(new FarmQueries.DrainWorker(request.Worker, request.Now), cancellationToken));
        handlers.Add<ResumeWorker, DrainedWorker>((request, cancellationToken) =>
            farm.AskAsync<DrainedWorker>(new FarmQueries.ResumeWorker(request.Worker), cancellationToken));
        handlers.Add<RevokeWorker, WorkerRevoked>((request, _) => Task.FromResult(security.Revoke(request)));
    }
}
