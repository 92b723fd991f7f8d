using Akka;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Logging.Abstractions;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;
using MlxVideo.Worker.Node;

namespace MlxVideo.Worker.Tests.Node;

public sealed class WorkerActorTests : TestKit
{
    private static readonly string VirtualTime = "akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"";
    private static readonly WorkerIdentity Identity =
        new("id", "e1", "mini", "cpu", "model", "ltx-2", new WorkerCapabilities { Teraflops = 2 });

    private readonly ScriptedExecution _execution = new();
    private readonly TestProbe _farm;
    private readonly WorkInHand _work = new();
    private readonly SessionSignals _session = new();
    private readonly IActorRef _worker;

    public WorkerActorTests()
        : base(VirtualTime)
    {
        _farm = CreateTestProbe();
        _farm.IgnoreMessages(message => message is WorkerHello);
        _worker =
            Sys.ActorOf(
                Props.Create(
                    () => new WorkerActor(
                        Identity, new WorkerOptions(), _farm.Ref, _execution, _work, _session, NullLogger<WorkerActor>.Instance)));
        _worker.Tell(new WorkerWelcome("http://127.0.0.1:1", 15), _farm);
        Assert.Empty(_farm.ExpectMsg<WorkerResident>().Parts);
    }

    [Fact]
    public void It_runs_a_task_and_reports_each_step()
    {
        var assignment = Assign("denoise-1");
        _execution.Progress(3, 8);
        Assert.Equal(new AttemptProgress(assignment.Attempt, 3, 8), _farm.ExpectMsg<AttemptProgress>());
        _execution.Finish();
        Assert.Equal(assignment.Attempt, _farm.ExpectMsg<AttemptDone>().Attempt);
        Assert.True(_session.Joined.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_step_reported_while_the_stage_starts_is_not_lost()
    {
        _execution.StepsToldAtOnce = 8;
        var assignment = Assign("denoise-1");
        Assert.Equal(new AttemptProgress(assignment.Attempt, 0, 8), _farm.ExpectMsg<AttemptProgress>());
    }

    [Fact]
    public void A_full_disk_is_told_before_the_failure_and_its_end_without_being_asked()
    {
        var assignment = Assign("denoise-1");
        _execution.Problem = "The disk is full.";
        _execution.Fail(new StageExecutionException(FailureKind.Disk, "The disk is full."));
        Assert.Equal("The disk is full.", _farm.ExpectMsg<WorkerResident>().Problem);
        var failed = _farm.ExpectMsg<AttemptFailed>();
        Assert.Equal((assignment.Attempt, FailureKind.Disk), (failed.Attempt, failed.Kind));
        _worker.Tell(new ReportAcknowledged(assignment.Attempt), _farm);

        _execution.Problem = null;
        Advance(new WorkerOptions().HelloInterval);
        Assert.Null(_farm.ExpectMsg<WorkerResident>().Problem);
    }

    [Fact]
    public void A_result_is_sent_again_until_it_is_acknowledged()
    {
        var assignment = Assign("denoise-1");
        _execution.Finish();
        _farm.ExpectMsg<AttemptDone>();
        Advance(new WorkerOptions().ResendInterval);
        _farm.ExpectMsg<AttemptDone>();
        _worker.Tell(new ReportAcknowledged(assignment.Attempt), _farm);
        _worker.Tell(new WorkerActor.Drain(Now: true), TestActor); // taken after the acknowledgement
        ExpectMsg<Done>();
        _farm.ExpectMsg<WorkerGoodbye>();
        Advance(new WorkerOptions().ResendInterval);
        _farm.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void A_running_task_is_reported_even_without_steps()
    {
        var assignment = Assign("denoise-1");
        Advance(new WorkerOptions().Heartbeat);
        Assert.Equal(assignment.Attempt, _farm.ExpectMsg<AttemptProgress>().Attempt);
    }

    [Fact]
    public void Cancelling_stops_the_task_and_the_next_one_starts()
    {
        var first = Assign("denoise-1");
        _worker.Tell(new CancelAttempt(first.Attempt), _farm);
        var second = Assign("denoise-2", expectStart: false);
        _execution.WaitUntilCancelled();
        _execution.Cancelled();
        _execution.WaitUntilStarted(second.Attempt);
        _execution.Finish();
        Assert.Equal(second.Attempt, _farm.ExpectMsg<AttemptDone>().Attempt);
    }

    [Fact]
    public void A_failure_says_its_kind()
    {
        Assign("denoise-1");
        _execution.Fail(new StageExecutionException(FailureKind.OutOfMemory, "does not fit"));
        var failed = _farm.ExpectMsg<AttemptFailed>();
        Assert.Equal((FailureKind.OutOfMemory, "does not fit"), (failed.Kind, failed.Message));
    }

    [Fact]
    public void An_unexpected_fault_is_the_machines()
    {
        Assign("denoise-1");
        _execution.Fail(new InvalidOperationException("odd"));
        Assert.Equal(FailureKind.Machine, _farm.ExpectMsg<AttemptFailed>().Kind);
    }

    [Fact]
    public void A_second_task_is_given_back()
    {
        Assign("denoise-1");
        var second = Assign("denoise-2", expectStart: false);
        var refused = _farm.ExpectMsg<AttemptFailed>();
        Assert.Equal((second.Attempt, FailureKind.Preempted), (refused.Attempt, refused.Kind));
    }

    [Fact]
    public void Draining_waits_for_the_running_task()
    {
        Assign("denoise-1");
        _worker.Tell(new WorkerActor.Drain(Now: false), TestActor);
        _execution.Finish();
        _farm.ExpectMsg<AttemptDone>();
        ExpectMsg<Done>();
        _farm.ExpectMsg<WorkerGoodbye>();
    }

    [Fact]
    public void It_says_hello_with_what_it_can_do()
    {
        _farm.IgnoreNoMessages();
        Advance(new WorkerOptions().HelloInterval);
        Assert.Equal(2, _farm.ExpectMsg<WorkerHello>().Capabilities.Teraflops);
    }

    [Fact]
    public void What_is_in_memory_is_told_when_it_changes_and_after_each_welcome()
    {
        _execution.Change(new PartsChanged([ModelPart.TextEncoder, ModelPart.Transformer], ModelPart.Transformer, 12.5));
        var told = _farm.ExpectMsg<WorkerResident>();
        Assert.Equal(("id", ModelPart.Transformer, 12.5), (told.WorkerId, told.Loaded, told.Seconds));
        Assert.Equal([ModelPart.TextEncoder, ModelPart.Transformer], told.Parts);

        _worker.Tell(new WorkerWelcome("http://127.0.0.1:1", 15), _farm);
        var again = _farm.ExpectMsg<WorkerResident>();
        Assert.Equal((null, 0), (again.Loaded, again.Seconds));
        Assert.Equal(told.Parts, again.Parts);
    }

    [Fact]
    public void How_fast_files_go_is_told()
    {
        _execution.Measure(1.1e8);
        Assert.Equal(new WorkerLink("id", 1.1e8), _farm.ExpectMsg<WorkerLink>());
    }

    [Fact]
    public void What_is_to_be_loaded_after_help_is_loaded()
    {
        var help = Help(1);
        _worker.Tell(new CancelHelp(help), _farm);
        _worker.Tell(new PrefetchPart(ModelPart.VideoDecoder), _farm);
        _execution.WaitUntilPrefetched(ModelPart.VideoDecoder);
    }

    [Fact]
    public void A_part_is_loaded_while_there_is_nothing_to_do_and_a_task_may_follow_at_once()
    {
        _worker.Tell(new PrefetchPart(ModelPart.VideoDecoder), _farm);
        _execution.WaitUntilPrefetched(ModelPart.VideoDecoder);
        Assign("denoise-1"); // the engine's thread queues it
    }

    [Fact]
    public void A_busy_worker_loads_nothing_ahead()
    {
        Assign("denoise-1");
        _worker.Tell(new PrefetchPart(ModelPart.VideoDecoder), _farm);
        _execution.Finish();
        _farm.ExpectMsg<AttemptDone>();
        _worker.Tell(new PrefetchPart(ModelPart.TextEncoder), _farm);
        _execution.WaitUntilPrefetched(ModelPart.TextEncoder);
    }

    [Fact]
    public void A_part_that_can_not_be_loaded_ahead_harms_nothing()
    {
        _execution.PrefetchFault = new IOException("no such file");
        _worker.Tell(new PrefetchPart(ModelPart.VideoDecoder), _farm);
        _execution.WaitUntilPrefetched(ModelPart.VideoDecoder);
        Assign("denoise-1");
        _execution.Finish();
        _farm.ExpectMsg<AttemptDone>();
    }

    [Fact]
    public void A_helper_says_when_it_is_ready_and_stops_for_a_task_at_once()
    {
        var help = Help(1);
        _execution.Ready();
        Assert.Equal(help, _farm.ExpectMsg<HelpReady>().Help);
        var assignment = Assign("decode-video-0");
        _execution.Finish();
        Assert.Equal(assignment.Attempt, _farm.ExpectMsg<AttemptDone>().Attempt);
    }

    [Fact]
    public void A_task_that_waits_for_the_end_of_a_pass_is_reported_as_alive()
    {
        Help(1);
        _execution.StopsHelping = false;
        var assignment = Assign("decode-video-0", expectStart: false);
        _execution.WaitUntilHelpCancelled();
        Advance(new WorkerOptions().Heartbeat);
        Assert.Equal(new AttemptProgress(assignment.Attempt, 0, 0), _farm.ExpectMsg<AttemptProgress>());

        _execution.EndHelp();
        _execution.WaitUntilStarted(assignment.Attempt);
        _execution.Finish();
        Assert.Equal(assignment.Attempt, _farm.ExpectMsg<AttemptDone>().Attempt);
    }

    [Fact]
    public void A_helper_that_drains_says_goodbye_before_its_pass_has_ended()
    {
        Help(1);
        _execution.StopsHelping = false;
        _worker.Tell(new WorkerActor.Drain(Now: false), TestActor);
        _farm.ExpectMsg<WorkerGoodbye>();
        ExpectNoMsg(TimeSpan.Zero);
        _execution.EndHelp();
        ExpectMsg<Done>();
    }

    [Fact]
    public void A_helper_stops_when_it_is_told_to_and_is_free_again()
    {
        var help = Help(1);
        _worker.Tell(new CancelHelp(help), _farm);
        Help(2);
        _execution.EndHelp(new StageExecutionException(FailureKind.OutOfMemory, "does not fit"));
        var failed = _farm.ExpectMsg<HelpFailed>();
        Assert.Equal((FailureKind.OutOfMemory, "does not fit"), (failed.Kind, failed.Message));
    }

    [Fact]
    public void A_busy_worker_does_not_help_and_draining_ends_help()
    {
        Assign("denoise-1");
        _worker.Tell(new AssignHelp(HelpOf(1), "{}", []), _farm);
        Assert.Equal(FailureKind.Preempted, _farm.ExpectMsg<HelpFailed>().Kind);
        _execution.Finish();
        _farm.ExpectMsg<AttemptDone>();
        Help(2);
        _worker.Tell(new WorkerActor.Drain(Now: false), TestActor);
        ExpectMsg<Done>();
        _farm.ExpectMsg<WorkerGoodbye>();
    }

    [Fact]
    public void A_task_knows_who_helps_it_and_says_when_that_was_in_vain()
    {
        var assignment = Assign("denoise-1");
        var joined = new HelperJoined(new HelpAddress(assignment.Attempt, 1), 2);
        _worker.Tell(joined with { Help = HelpOf(7) }, _farm); // of another attempt
        _worker.Tell(joined, _farm);
        AwaitAssert(() => Assert.Equal(joined, _execution.Helpers!.Now));
        _worker.Tell(new HelperLeft(joined.Help), _farm);
        AwaitAssert(() => Assert.Null(_execution.Helpers!.Now));
        _execution.Helpers!.GiveUp(joined.Help, "too slow");
        Assert.Equal((joined.Help, "too slow"), (_farm.ExpectMsg<HelpFailed>() is var failed ? failed.Help : null, failed.Message));
    }

    private static HelpAddress HelpOf(int number) => new(new AttemptAddress(new TaskAddress("b9", 1, "denoise-1"), 1), number);

    private HelpAddress Help(int number)
    {
        var help = HelpOf(number);
        _worker.Tell(new AssignHelp(help, "{}", []), _farm);
        _execution.WaitUntilHelping(help);
        return help;
    }

    private AssignTask Assign(string stage, bool expectStart = true)
    {
        var assignment = new AssignTask(new AttemptAddress(new TaskAddress("b1", 1, stage), 1), "{}", []);
        _worker.Tell(assignment, _farm);
        if (expectStart)
            _execution.WaitUntilStarted(assignment.Attempt);
        return assignment;
    }

    private void Advance(TimeSpan time) => ((TestScheduler)Sys.Scheduler).Advance(time);
}
