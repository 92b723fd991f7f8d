using Akka.Actor;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Tests.Farm;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Tests.History;

/// <summary>What the farm writes to its history.</summary>
public sealed class HistoryEventsTests : FarmActorTestKit
{
    [Fact]
    public void Events_of_batches_workers_and_attempts_are_recorded()
    {
        var worker = Join("w1");
        var id = Submit(2);
        var attempt = worker.ExpectMsg<AssignStage>().Attempt;
        Farm.Tell(new AttemptFailed(attempt, FailureKind.Machine, "too hot."), worker);
        worker.ExpectMsg<ReportAcknowledged>();
        Ask<FarmQueries.BatchAnswer>(new FarmQueries.PauseBatch(id));
        Ask<FarmQueries.BatchAnswer>(new FarmQueries.ResumeBatch(id));
        Ask<FarmQueries.BatchAnswer>(new FarmQueries.SetPriority(id, Row: null, 5));
        Ask<WorkerView>(new FarmQueries.TagWorker("w1", ["big"]));
        Ask<FarmQueries.BatchAnswer>(new FarmQueries.CancelBatch(id));
        Ask<FarmQueries.BatchAnswer>(new FarmQueries.RetryClips(id));
        Farm.Tell(new WorkerGoodbye("w1", "e1"), worker);

        AwaitAssert(() => Assert.Equal(
            [
                (FarmEventKind.FarmStarted, "The farm started with 0 open batches and 0 workers"),
                (FarmEventKind.WorkerJoined, "w1 joined on cpu with m"),
                (FarmEventKind.BatchSubmitted, $"{id} was submitted with 2 rows"),
                (FarmEventKind.AttemptFailed, $"{id}, row {attempt.Stage.Row}: {attempt.Stage.StageId} failed on w1: too hot"),
                (FarmEventKind.BatchPaused, $"{id} was paused"),
                (FarmEventKind.BatchResumed, $"{id} was resumed"),
                (FarmEventKind.PriorityChanged, $"{id}: 2 rows are given priority 5"),
                (FarmEventKind.WorkerTagged, "w1 has the tags 'big'"),
                (FarmEventKind.BatchCancelled, $"{id} was cancelled"),
                (FarmEventKind.BatchEnded, $"{id} ended: 0 finished, 0 failed, 2 cancelled"),
                (FarmEventKind.RowsRetried, $"{id}: 2 rows are rendered again"),
                (FarmEventKind.WorkerLeft, "w1 is gone: it left the farm"),
            ],
            Recorded().Where(happened =>
                    happened.Kind != FarmEventKind.AttemptFailed || happened.Text.EndsWith("too hot", StringComparison.Ordinal))
                .Select(happened => (happened.Kind, happened.Text))));
        var failed = Recorded().First(happened => happened.Kind == FarmEventKind.AttemptFailed);
        Assert.Equal(
            (id, attempt.Stage.Row, attempt.Stage.StageId, attempt.Number, "w1"),
            (failed.Batch!, failed.Row!.Value, failed.Stage!, failed.Attempt!.Value, failed.Worker!));
    }

    [Fact]
    public void Restart_and_problems_of_workers_are_recorded()
    {
        var worker = Join("w1");
        Submit(1);
        Farm.Tell(new WorkerResident("w1", [], null, 0, "Its disk is full."), worker);
        Farm.Tell(new WorkerResident("w1", [], null, 0), worker);
        Ask<FarmStatus>(FarmQueries.GetFarm.Instance);
        Restart();
        Ask<FarmStatus>(FarmQueries.GetFarm.Instance);
        Assert.Contains(
            Recorded(), happened => happened is { Kind: FarmEventKind.WorkerBlocked, Text: "w1 can't run stages: Its disk is full" });
        Assert.Contains(Recorded(), happened => happened is { Kind: FarmEventKind.WorkerUnblocked, Worker: "w1" });
        Assert.Equal(
            ["The farm started with 0 open batches and 0 workers", "The farm started with 1 open batch and 1 worker"],
            Recorded().Where(happened => happened.Kind == FarmEventKind.FarmStarted).Select(happened => happened.Text));
    }

    private IReadOnlyList<FarmEventView> Recorded() => History.Read(since: null, limit: 1000);
}
