using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Tests.Node;

/// <summary>A worker's running work survives the replacement of its cluster node.</summary>
public sealed class PendingWorkTests : TestKit
{
    // A loaded machine may deliver a message late: the limit only ends a test that would hang.
    private const string VirtualTime = """
        akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
        akka.test.single-expect-default = 300s
        """;
    private static readonly WorkerIdentity Identity =
        new("id", "e1", "mini", "cpu", "model", "ltx-2", new WorkerCapabilities { TeraflopsPerSecond = 2 });
    private static readonly AttemptAddress Attempt = new(new StageAddress("b1", 1, "denoise-1"), 1);

    private readonly ScriptedStageRunner _runner = new();
    private static readonly NamedBlob Result = new("out", new BlobRef(new string('a', 64), 1));

    private PendingWork _work = new();
    private readonly SessionSignals _session = new();
    private readonly TestProbe _farm;
    private bool _showsLogs;

    public PendingWorkTests()
        : base(VirtualTime)
    {
        _farm = CreateTestProbe();
        _farm.IgnoreMessages(message => message is WorkerHello || (message is AttemptLog && !_showsLogs));
    }

    [Fact]
    public void Running_stage_is_not_cancelled_and_is_reported_by_the_next_node()
    {
        var first = Join();
        first.Tell(new AssignStage(Attempt, "{}", []), _farm);
        _runner.WaitUntilStarted(Attempt);
        End(first);
        Assert.Equal([Attempt], _work.Held);

        Join();
        _runner.Progress(3, 8);
        Assert.Equal(new AttemptProgress(Attempt, 3, 8), _farm.ExpectMsg<AttemptProgress>());
        _runner.Finish();

        Assert.Equal(Attempt, _farm.ExpectMsg<AttemptDone>().Attempt);
        Assert.False(_runner.IsCancelled);
    }

    [Fact]
    public void Result_completed_between_two_nodes_is_reported()
    {
        var first = Join();
        first.Tell(new AssignStage(Attempt, "{}", []), _farm);
        _runner.WaitUntilStarted(Attempt);
        End(first);
        _runner.Finish();

        Join();

        Assert.Equal(Attempt, _farm.ExpectMsg<AttemptDone>().Attempt);
    }

    [Fact]
    public void Log_of_a_stage_that_ended_between_two_nodes_comes_before_its_result()
    {
        var first = Join();
        first.Tell(new AssignStage(Attempt, "{}", []), _farm);
        _runner.WaitUntilStarted(Attempt);
        End(first);
        _runner.Finish();
        _showsLogs = true;

        Join();

        var log = _farm.ExpectMsg<AttemptLog>();
        Assert.Equal((Attempt, 1, "done, 1 bytes of results"), (log.Attempt, log.First, log.Lines[^1].Text));
        _farm.ExpectMsg<AttemptDone>();
    }

    [Fact]
    public void Unacknowledged_result_is_reported_again_immediately()
    {
        var first = Join();
        first.Tell(new AssignStage(Attempt, "{}", []), _farm);
        _runner.WaitUntilStarted(Attempt);
        _runner.Finish();
        _farm.ExpectMsg<AttemptDone>();
        End(first);

        Join();

        Assert.Equal(Attempt, _farm.ExpectMsg<AttemptDone>().Attempt);
    }

    [Fact]
    public void Stage_that_the_farm_no_longer_needs_is_cancelled()
    {
        var first = Join();
        first.Tell(new AssignStage(Attempt, "{}", []), _farm);
        _runner.WaitUntilStarted(Attempt);
        End(first);

        Join().Tell(new CancelAttempt(Attempt), _farm);

        _runner.WaitUntilCancelled();
        AwaitAssert(() => Assert.Empty(_work.Held));
    }

    [Fact]
    public void Next_node_registers_with_the_held_attempts()
    {
        var first = Join();
        first.Tell(new AssignStage(Attempt, "{}", []), _farm);
        _runner.WaitUntilStarted(Attempt);
        End(first);
        Join();

        _farm.IgnoreNoMessages();
        ((TestScheduler)Sys.Scheduler).Advance(new WorkerProtocolOptions().HelloInterval);

        Assert.Equal([Attempt], _farm.FishForMessage<WorkerHello>(_ => true).Held);
    }

    [Fact]
    public void Unresponsive_farm_counts_as_lost()
    {
        Join();
        _farm.IgnoreNoMessages();
        for (var hello = 0; hello <= new WorkerProtocolOptions().MaxUnansweredHellos; hello++)
        {
            Assert.False(_session.Lost.IsCompleted);
            ((TestScheduler)Sys.Scheduler).Advance(new WorkerProtocolOptions().HelloInterval);
            _farm.ExpectMsg<WorkerHello>();
        }

        AwaitAssert(() => Assert.True(_session.Lost.IsCompletedSuccessfully));
    }

    [Fact]
    public async Task Refusal_ends_the_session_with_the_farms_message()
    {
        var worker = Start();
        worker.Tell(new WorkerRefused("The id is taken."), _farm);
        var ex = await Assert.ThrowsAsync<FarmRefusalException>(() => _session.Lost.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal("The id is taken.", ex.Message);
    }

    [Fact]
    public void Result_of_an_earlier_process_is_uploaded_reported_and_forgotten()
    {
        using var folder = new TemporaryFolder();
        var spool = new ReportSpool(folder.Path, TimeProvider.System, NullLogger<ReportSpool>.Instance);
        spool.Add(new AttemptDone(Attempt, [Result]));
        _work = new PendingWork(spool);
        Assert.Equal([Attempt], _work.Held);

        var worker = Join();
        ((TestScheduler)Sys.Scheduler).Advance(new WorkerProtocolOptions().Heartbeat);
        Assert.Equal(Attempt, _farm.ExpectMsg<AttemptProgress>().Attempt); // keeps its lease during the upload
        _runner.Upload.SetResult();

        var done = _farm.ExpectMsg<AttemptDone>();
        Assert.Equal((Attempt, Result), (done.Attempt, Assert.Single(done.Outputs)));
        worker.Tell(new ReportAcknowledged(Attempt), _farm);
        AwaitAssert(() => Assert.Empty(spool.Read()));
        Assert.Empty(_work.Held);
    }

    [Fact]
    public void Lost_result_of_an_earlier_process_is_reported_as_preempted()
    {
        using var folder = new TemporaryFolder();
        var spool = new ReportSpool(folder.Path, TimeProvider.System, NullLogger<ReportSpool>.Instance);
        spool.Add(new AttemptDone(Attempt, [Result]));
        _work = new PendingWork(spool);

        Join();
        _runner.Upload.SetException(new StageException(FailureKind.Preempted, "'out' is no longer in this worker's store"));

        var failed = _farm.ExpectMsg<AttemptFailed>();
        Assert.Equal((Attempt, FailureKind.Preempted), (failed.Attempt, failed.Kind));
        Assert.Empty(spool.Read());
    }

    [Fact]
    public void Cancelled_result_of_an_earlier_process_is_not_reported()
    {
        using var folder = new TemporaryFolder();
        var spool = new ReportSpool(folder.Path, TimeProvider.System, NullLogger<ReportSpool>.Instance);
        spool.Add(new AttemptDone(Attempt, [Result]));
        _work = new PendingWork(spool);

        Join().Tell(new CancelAttempt(Attempt), _farm);
        AwaitAssert(() => Assert.Empty(spool.Read()));
        _runner.Upload.SetResult();

        Assert.Empty(_work.Held);
        _farm.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Drained_by_the_farm_after_the_running_stage()
    {
        var worker = Join();
        worker.Tell(new AssignStage(Attempt, "{}", []), _farm);
        _runner.WaitUntilStarted(Attempt);

        worker.Tell(new DrainWorker(Now: false), _farm);
        worker.Tell(new AssignStage(Attempt with { Number = 2 }, "{}", []), _farm);
        Assert.Equal(FailureKind.Preempted, _farm.ExpectMsg<AttemptFailed>().Kind);
        Assert.False(_session.Drained.IsCompleted);
        _runner.Finish();

        _farm.ExpectMsg<AttemptDone>();
        _farm.ExpectMsg<WorkerGoodbye>();
        AwaitAssert(() => Assert.True(_session.Drained.IsCompletedSuccessfully));
        Assert.False(_runner.IsCancelled);
    }

    [Fact]
    public void Drained_by_the_farm_between_two_steps()
    {
        var worker = Join();
        worker.Tell(new AssignStage(Attempt, "{}", []), _farm);
        _runner.WaitUntilStarted(Attempt);

        worker.Tell(new DrainWorker(Now: true), _farm);
        _runner.WaitUntilCancelled();
        _farm.ExpectMsg<WorkerGoodbye>();
        Assert.False(_session.Drained.IsCompleted);
        _runner.Cancelled();

        AwaitAssert(() => Assert.True(_session.Drained.IsCompletedSuccessfully));
    }

    private IActorRef Start() => Sys.ActorOf(Props.Create(() =>
        new WorkerActor(
            Identity, Options.Create(new WorkerProtocolOptions()), _farm.Ref, _runner, _work, _session, NullLogger<WorkerActor>.Instance)));

    private IActorRef Join()
    {
        var worker = Start();
        worker.Tell(new WorkerWelcome("http://127.0.0.1:1", 15), _farm);
        _farm.ExpectMsg<WorkerResident>();
        return worker;
    }

    private void End(IActorRef worker)
    {
        Watch(worker);
        Sys.Stop(worker);
        ExpectTerminated(worker);
    }
}
