using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Commands.Requests;
using MlxVideo.Shared.Commands.Tables;

namespace MlxVideo.Shared.Commands;

/// <summary>All commands of the farm.</summary>
public static class FarmCommands
{
    /// <summary>The commands, in the order of help texts.</summary>
    public static IReadOnlyList<FarmCommand> All { get; } =
    [
        FarmCommand.Of<SubmitBatch, BatchCreated>(BatchTables.Created),
        FarmCommand.Of<ListBatches, BatchList>(BatchTables.List),
        FarmCommand.Of<ShowBatch, BatchView>(BatchTables.Show),
        FarmCommand.OfStream<WatchBatch, BatchView>(BatchTables.Progress),
        FarmCommand.Of<CancelBatch, BatchView>(BatchTables.Ended),
        FarmCommand.Of<PauseBatch, BatchView>(BatchTables.Show),
        FarmCommand.Of<ResumeBatch, BatchView>(BatchTables.Show),
        FarmCommand.Of<RetryRows, BatchView>(BatchTables.Show),
        FarmCommand.Of<SetPriority, BatchView>(BatchTables.Show),
        FarmCommand.Of<SetDeadline, BatchView>(BatchTables.Show),
        FarmCommand.Of<RemoveBatch, RemovedBatch>(BatchTables.Removed),
        FarmCommand.Of<CollectBatch, FinishedClips>(BatchTables.Clips),
        FarmCommand.OfFollowable<ShowLogs, AttemptLogList, BatchLogLine>(LogTables.List, LogTables.Line),
        FarmCommand.Of<ShowFarm, FarmStatus>(FarmTables.Status),
        FarmCommand.OfStream<WatchFarm, FarmStatus>(FarmTables.Status),
        FarmCommand.OfFollowable<ListEvents, FarmEventList, FarmEventView>(FarmTables.Events, FarmTables.Event),
        FarmCommand.Of<ExamineFarm, FarmDiagnosis>(FarmTables.Diagnosis),
        FarmCommand.Of<CreateToken, JoinTokenCreated>(FarmTables.Token),
        FarmCommand.Of<ListWorkers, WorkerList>(WorkerTables.List),
        FarmCommand.Of<ShowWorker, WorkerView>(WorkerTables.Show),
        FarmCommand.Of<DrainWorker, DrainedWorker>(WorkerTables.Drained),
        FarmCommand.Of<ResumeWorker, DrainedWorker>(WorkerTables.Resumed),
        FarmCommand.Of<TagWorker, WorkerView>(WorkerTables.Show),
        FarmCommand.Of<SetWorkerHours, WorkerView>(WorkerTables.Show),
        FarmCommand.Of<ForgetWorker, ForgottenWorker>(WorkerTables.Forgotten),
        FarmCommand.Of<RevokeWorker, WorkerRevoked>(WorkerTables.Revoked),
        FarmCommand.Of<ShowCluster, ClusterView>(ClusterTables.Show),
        FarmCommand.Of<ShowNode, NodeView>(ClusterTables.Node),
        FarmCommand.Of<JoinCluster, ClusterView>(ClusterTables.Show),
        FarmCommand.Of<LeaveCluster, ClusterView>(ClusterTables.Show),
        FarmCommand.Of<DownNode, ClusterView>(ClusterTables.Show),
        FarmCommand.Of<DownUnreachable, ClusterView>(ClusterTables.Show),
        FarmCommand.OfStream<TailCluster, ClusterChange>(ClusterTables.Change),
    ];

    private static readonly IReadOnlyDictionary<Type, FarmCommand> ByRequest = All.ToDictionary(command => command.RequestType);

    /// <summary>Returns the command of a type of request.</summary>
    public static FarmCommand Of(Type request) => ByRequest[request];
}
