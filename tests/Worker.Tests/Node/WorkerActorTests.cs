using Akka;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Tests.Node;

public sealed class WorkerActorTests : TestKit
{
    // A loaded machine may deliver a message late: the limit only ends a test that would hang.
    private const string VirtualTime = """
        akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
        akka.test.single-expect-default = 300s
        """;
    private static readonly WorkerIdentity Identity =
        new("id", "e1", "mini", "cpu", "model", "ltx-2", new WorkerCapabilities { TeraflopsPerSecond = 2 });

    private readonly ScriptedStageRunner _runner = new();
    private readonly TestProbe _farm;
    private readonly PendingWork _work = new();
    private readonly SessionSignals _session = new();
    private readonly IActorRef _worker;
    private bool _showsLogs;

    public WorkerActorTests()
        : base(VirtualTime)
    {
        _farm = CreateTestProbe();
        _farm.IgnoreMessages(message => message is WorkerHello || (message is AttemptLog && !_showsLogs));
        _worker =
            Sys.ActorOf(
                Props.Create(
                    () => new WorkerActor(
                        Identity, Options.Create(new WorkerProtocolOptions()), _farm.Ref, _runner, _work, _session,
                        NullLogger<WorkerActor>.Instance)));
        _worker.Tell(new WorkerWelcome("http://127.0.0.1:1", 15), _farm);
        Assert.Empty(_farm.ExpectMsg<WorkerResident>().Components);
    }

    [Fact]
    public void Worker_runs_a_stage_and_reports_each_step()
    {
        var assignment = Assign("denoise-1");
        _runner.Progress(3, 8);
        Assert.Equal(new AttemptProgress(assignment.Attempt, 3, 8), _farm.ExpectMsg<AttemptProgress>());
        _runner.Finish();
        Assert.Equal(assignment.Attempt, _farm.ExpectMsg<AttemptDone>().Attempt);
        Assert.True(_session.Joined.IsCompletedSuccessfully);
    }

    [Fact]
    public void Log_lines_come_with_the_progress_and_before_the_result()
    {
        _showsLogs = true;
        var assignment = Assign("denoise-1");
        _runner.Change(new ComponentsChanged([ModelComponent.TextEncoder], ModelComponent.TextEncoder, 2));
        _farm.ExpectMsg<WorkerResident>();
        _runner.Log("a warning of the engine");
        _runner.Progress(3, 8);
        var first = _farm.ExpectMsg<AttemptLog>();
        Assert.Equal((assignment.Attempt, 1), (first.Attempt, first.First));
        Assert.Equal(
            ["started, without inputs", "loaded text encoder (0 bytes) in 2.0 s", "a warning of the engine", "step 3/8"],
            first.Lines.Select(line => line.Text));
        _farm.ExpectMsg<AttemptProgress>();
        _runner.Log("while nothing else happens");
        Advance(new WorkerProtocolOptions().Heartbeat);
        Assert.Equal("while nothing else happens", Assert.Single(_farm.ExpectMsg<AttemptLog>().Lines).Text);
        _farm.ExpectMsg<AttemptProgress>();
        _runner.Finish();
        var last = _farm.ExpectMsg<AttemptLog>();
        Assert.Equal((6, "done, 1 bytes of results"), (last.First, Assert.Single(last.Lines).Text));
        _farm.ExpectMsg<AttemptDone>();
        _runner.Log("after the attempt"); // belongs to none
    }

    [Fact]
    public void Failure_is_reported_once_and_not_as_a_log_line()
    {
        _showsLogs = true;
        Assign("denoise-1");
        _runner.Fail(new StageException(FailureKind.Input, "no such prompt"));
        Assert.Equal(["started, without inputs"], _farm.ExpectMsg<AttemptLog>().Lines.Select(line => line.Text));
        Assert.Equal("no such prompt", _farm.ExpectMsg<AttemptFailed>().Message);
    }

    [Fact]
    public void Step_reported_while_the_stage_starts_is_not_lost()
    {
        _runner.StepsReportedOnStart = 8;
        var assignment = Assign("denoise-1");
        Assert.Equal(new AttemptProgress(assignment.Attempt, 0, 8), _farm.ExpectMsg<AttemptProgress>());
    }

    [Fact]
    public void Full_disk_is_reported_before_the_failure_and_its_end_automatically()
    {
        var assignment = Assign("denoise-1");
        _runner.Problem = "The disk is full.";
        _runner.Fail(new StageException(FailureKind.Disk, "The disk is full."));
        Assert.Equal("The disk is full.", _farm.ExpectMsg<WorkerResident>().Problem);
        var failed = _farm.ExpectMsg<AttemptFailed>();
        Assert.Equal((assignment.Attempt, FailureKind.Disk), (failed.Attempt, failed.Kind));
        _worker.Tell(new ReportAcknowledged(assignment.Attempt), _farm);

        _runner.Problem = null;
        Advance(new WorkerProtocolOptions().HelloInterval);
        Assert.Null(_farm.ExpectMsg<WorkerResident>().Problem);
    }

    [Fact]
    public void Result_is_resent_until_it_is_acknowledged()
    {
        var assignment = Assign("denoise-1");
        _runner.Finish();
        _farm.ExpectMsg<AttemptDone>();
        Advance(new WorkerProtocolOptions().ResendInterval);
        _farm.ExpectMsg<AttemptDone>();
        _worker.Tell(new ReportAcknowledged(assignment.Attempt), _farm);
        _worker.Tell(new WorkerActor.Drain(Now: true), TestActor); // processed after the acknowledgement
        ExpectMsg<Done>();
        _farm.ExpectMsg<WorkerGoodbye>();
        Advance(new WorkerProtocolOptions().ResendInterval);
        _farm.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Running_stage_sends_heartbeats_without_steps()
    {
        var assignment = Assign("denoise-1");
        Advance(new WorkerProtocolOptions().Heartbeat);
        Assert.Equal(assignment.Attempt, _farm.ExpectMsg<AttemptProgress>().Attempt);
    }

    [Fact]
    public void Cancellation_stops_the_stage_and_the_next_one_starts()
    {
        var first = Assign("denoise-1");
        _worker.Tell(new CancelAttempt(first.Attempt), _farm);
        var second = Assign("denoise-2", expectStart: false);
        _runner.WaitUntilCancelled();
        _runner.Cancelled();
        _runner.WaitUntilStarted(second.Attempt);
        _runner.Finish();
        Assert.Equal(second.Attempt, _farm.ExpectMsg<AttemptDone>().Attempt);
    }

    [Fact]
    public void Failure_is_reported_with_its_kind()
    {
        Assign("denoise-1");
        _runner.Fail(new StageException(FailureKind.OutOfMemory, "does not fit"));
        var failed = _farm.ExpectMsg<AttemptFailed>();
        Assert.Equal((FailureKind.OutOfMemory, "does not fit"), (failed.Kind, failed.Message));
    }

    [Fact]
    public void Unexpected_exception_is_reported_as_a_machine_failure()
    {
        Assign("denoise-1");
        _runner.Fail(new InvalidOperationException("odd"));
        Assert.Equal(FailureKind.Machine, _farm.ExpectMsg<AttemptFailed>().Kind);
    }

    [Fact]
    public void Second_stage_is_refused_as_preempted()
    {
        Assign("denoise-1");
        var second = Assign("denoise-2", expectStart: false);
        var refused = _farm.ExpectMsg<AttemptFailed>();
        Assert.Equal((second.Attempt, FailureKind.Preempted), (refused.Attempt, refused.Kind));
    }

    [Fact]
    public void Drain_waits_for_the_running_stage()
    {
        Assign("denoise-1");
        _worker.Tell(new WorkerActor.Drain(Now: false), TestActor);
        _runner.Finish();
        _farm.ExpectMsg<AttemptDone>();
        ExpectMsg<Done>();
        _farm.ExpectMsg<WorkerGoodbye>();
    }

    [Fact]
    public void Hello_contains_the_capabilities()
    {
        _farm.IgnoreNoMessages();
        Advance(new WorkerProtocolOptions().HelloInterval);
        Assert.Equal(2, _farm.ExpectMsg<WorkerHello>().Capabilities.TeraflopsPerSecond);
    }

    [Fact]
    public void Resident_components_are_reported_on_change_and_after_each_welcome()
    {
        _runner.Change(new ComponentsChanged([ModelComponent.TextEncoder, ModelComponent.Transformer], ModelComponent.Transformer, 12.5));
        var told = _farm.ExpectMsg<WorkerResident>();
        Assert.Equal(("id", ModelComponent.Transformer, 12.5), (told.WorkerId, told.Loaded, told.Seconds));
        Assert.Equal([ModelComponent.TextEncoder, ModelComponent.Transformer], told.Components);

        _worker.Tell(new WorkerWelcome("http://127.0.0.1:1", 15), _farm);
        var again = _farm.ExpectMsg<WorkerResident>();
        Assert.Equal((null, 0), (again.Loaded, again.Seconds));
        Assert.Equal(told.Components, again.Components);
    }

    [Fact]
    public void Link_speed_is_reported()
    {
        _runner.Measure(1.1e8);
        Assert.Equal(new WorkerLink("id", 1.1e8), _farm.ExpectMsg<WorkerLink>());
    }

    [Fact]
    public void Prefetch_after_an_offload_is_executed()
    {
        var offload = Offload(1);
        _worker.Tell(new CancelOffload(offload), _farm);
        _worker.Tell(new PrefetchComponent(ModelComponent.VideoDecoder), _farm);
        _runner.WaitUntilPrefetched(ModelComponent.VideoDecoder);
    }

    [Fact]
    public void Idle_worker_prefetches_and_accepts_a_stage_immediately()
    {
        _worker.Tell(new PrefetchComponent(ModelComponent.VideoDecoder), _farm);
        _runner.WaitUntilPrefetched(ModelComponent.VideoDecoder);
        Assign("denoise-1"); // the engine's thread queues it
    }

    [Fact]
    public void Busy_worker_ignores_prefetches()
    {
        Assign("denoise-1");
        _worker.Tell(new PrefetchComponent(ModelComponent.VideoDecoder), _farm);
        _runner.Finish();
        _farm.ExpectMsg<AttemptDone>();
        _worker.Tell(new PrefetchComponent(ModelComponent.TextEncoder), _farm);
        _runner.WaitUntilPrefetched(ModelComponent.TextEncoder);
    }

    [Fact]
    public void Failed_prefetch_has_no_effect()
    {
        _runner.PrefetchFault = new IOException("no such file");
        _worker.Tell(new PrefetchComponent(ModelComponent.VideoDecoder), _farm);
        _runner.WaitUntilPrefetched(ModelComponent.VideoDecoder);
        Assign("denoise-1");
        _runner.Finish();
        _farm.ExpectMsg<AttemptDone>();
    }

    [Fact]
    public void Helper_reports_readiness_and_stops_immediately_for_a_stage()
    {
        var offload = Offload(1);
        _runner.Ready();
        Assert.Equal(offload, _farm.ExpectMsg<OffloadReady>().Offload);
        var assignment = Assign("decode-video-0");
        _runner.Finish();
        Assert.Equal(assignment.Attempt, _farm.ExpectMsg<AttemptDone>().Attempt);
    }

    [Fact]
    public void Stage_that_waits_for_an_offloaded_evaluation_sends_heartbeats()
    {
        Offload(1);
        _runner.StopsOffloadOnCancel = false;
        var assignment = Assign("decode-video-0", expectStart: false);
        _runner.WaitUntilOffloadCancelled();
        Advance(new WorkerProtocolOptions().Heartbeat);
        Assert.Equal(new AttemptProgress(assignment.Attempt, 0, 0), _farm.ExpectMsg<AttemptProgress>());

        _runner.EndOffload();
        _runner.WaitUntilStarted(assignment.Attempt);
        _runner.Finish();
        Assert.Equal(assignment.Attempt, _farm.ExpectMsg<AttemptDone>().Attempt);
    }

    [Fact]
    public void Draining_helper_says_goodbye_before_its_evaluation_ends()
    {
        Offload(1);
        _runner.StopsOffloadOnCancel = false;
        _worker.Tell(new WorkerActor.Drain(Now: false), TestActor);
        _farm.ExpectMsg<WorkerGoodbye>();
        ExpectNoMsg(TimeSpan.Zero);
        _runner.EndOffload();
        ExpectMsg<Done>();
    }

    [Fact]
    public void Helper_stops_on_cancellation_and_accepts_another_offload()
    {
        var offload = Offload(1);
        _worker.Tell(new CancelOffload(offload), _farm);
        Offload(2);
        _runner.EndOffload(new StageException(FailureKind.OutOfMemory, "does not fit"));
        var failed = _farm.ExpectMsg<OffloadFailed>();
        Assert.Equal((FailureKind.OutOfMemory, "does not fit"), (failed.Kind, failed.Message));
    }

    [Fact]
    public void Busy_worker_refuses_an_offload_and_a_drain_ends_an_offload()
    {
        Assign("denoise-1");
        _worker.Tell(new AssignOffload(OffloadOf(1), "{}", []), _farm);
        Assert.Equal(FailureKind.Preempted, _farm.ExpectMsg<OffloadFailed>().Kind);
        _runner.Finish();
        _farm.ExpectMsg<AttemptDone>();
        Offload(2);
        _worker.Tell(new WorkerActor.Drain(Now: false), TestActor);
        ExpectMsg<Done>();
        _farm.ExpectMsg<WorkerGoodbye>();
    }

    [Fact]
    public void Running_stage_knows_its_helper_and_reports_when_it_gives_it_up()
    {
        var assignment = Assign("denoise-1");
        var joined = new HelperJoined(new OffloadAddress(assignment.Attempt, 1), 2);
        _worker.Tell(joined with { Offload = OffloadOf(7) }, _farm); // of another attempt
        _worker.Tell(joined, _farm);
        AwaitAssert(() => Assert.Equal(joined, _runner.Helpers!.Current));
        _worker.Tell(new HelperLeft(joined.Offload), _farm);
        AwaitAssert(() => Assert.Null(_runner.Helpers!.Current));
        _runner.Helpers!.GiveUp(joined.Offload, "too slow");
        Assert.Equal(
            (joined.Offload, "too slow"), (_farm.ExpectMsg<OffloadFailed>() is var failed ? failed.Offload : null, failed.Message));
    }

    private static OffloadAddress OffloadOf(int number) => new(new AttemptAddress(new StageAddress("b9", 1, "denoise-1"), 1), number);

    private OffloadAddress Offload(int number)
    {
        var offload = OffloadOf(number);
        _worker.Tell(new AssignOffload(offload, "{}", []), _farm);
        _runner.WaitUntilOffloadStarted(offload);
        return offload;
    }

    private AssignStage Assign(string stageId, bool expectStart = true)
    {
        var assignment = new AssignStage(new AttemptAddress(new StageAddress("b1", 1, stageId), 1), "{}", []);
        _worker.Tell(assignment, _farm);
        if (expectStart)
            _runner.WaitUntilStarted(assignment.Attempt);
        return assignment;
    }

    private void Advance(TimeSpan time) => ((TestScheduler)Sys.Scheduler).Advance(time);
}
