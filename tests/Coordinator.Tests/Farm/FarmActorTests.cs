using System.Text.Json;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Logging.Abstractions;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Renders.Stages;

namespace MlxVideo.Coordinator.Tests.Farm;

public sealed class FarmActorTests : TestKit
{
    private static readonly string VirtualTime = "akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"";

    private readonly FakeMuxing _muxing = new();
    private readonly TestClock _clock = new();
    private readonly IActorRef _farm;

    public FarmActorTests()
        : base(VirtualTime)
    {
        var api = new ApiAddress { Value = new Uri("http://127.0.0.1:8080") };
        _farm = Sys.ActorOf(Props.Create(() => new FarmActor(new FarmOptions(), _clock, _muxing, api, NullLogger<FarmActor>.Instance)));
    }

    [Fact]
    public void A_worker_renders_a_clip_stage_by_stage()
    {
        var worker = Join("w1");
        var id = Submit(1);
        var stages = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            var assignment = worker.ExpectMsg<AssignTask>();
            stages.Add(assignment.Attempt.Task.Stage);
            Complete(worker, assignment);
        }

        Assert.Equal(["encode-prompt", "denoise-1", "upsample", "denoise-2", "decode-audio", "decode-video-0"], stages);
        var clip = Assert.Single(Ended(id).Clips);
        Assert.Equal((ClipState.Finished, "cafe"), (clip.State, clip.Framemd5));
    }

    [Fact]
    public void A_finished_clips_intermediates_are_discarded_and_shared_ones_kept_until_the_last_clip()
    {
        var (first, second) = (Join("w1"), Join("w2"));
        var id = Submit(2, audio: false);
        for (var stage = 0; stage < 4; stage++)
        {
            Complete(first, first.ExpectMsg<AssignTask>());
            Complete(second, second.ExpectMsg<AssignTask>());
        }

        // Every fake output has the same bytes, so both clips use one blob.
        Complete(first, first.ExpectMsg<AssignTask>());
        AwaitAssert(() => Assert.Contains(View(id).Clips, clip => clip.State == ClipState.Finished));
        Assert.Empty(_muxing.Discarded);
        Complete(second, second.ExpectMsg<AssignTask>());

        Ended(id);
        Assert.Equal([new BlobRef(new string('b', 64), 1)], _muxing.Discarded);
    }

    [Fact]
    public void A_silent_workers_task_goes_to_another()
    {
        var silent = Join("w1");
        Submit(1);
        var lost = silent.ExpectMsg<AssignTask>();
        var other = Join("w2");
        Advance(new FarmOptions().Lease + TimeSpan.FromSeconds(2));

        var again = other.ExpectMsg<AssignTask>();
        Assert.Equal(lost.Attempt with { Number = 2 }, again.Attempt);

        // What the silent worker says later is acknowledged, so that it stops saying it, and changes nothing.
        _farm.Tell(DoneReport(lost), silent);
        silent.ExpectMsg<ReportAcknowledged>();
        _farm.Tell(new AttemptProgress(lost.Attempt, 1, 2), silent);
        silent.ExpectMsg<CancelAttempt>();
        Complete(other, again);
    }

    [Fact]
    public void Progress_keeps_a_lease()
    {
        var worker = Join("w1");
        Submit(1);
        var assignment = worker.ExpectMsg<AssignTask>();
        var idle = Join("w2");
        for (var i = 0; i < 6; i++)
        {
            _farm.Tell(new AttemptProgress(assignment.Attempt, i, 8), worker);
            Ask<FarmStatus>(FarmQueries.GetFarm.Instance); // the report was taken
            Advance(new FarmOptions().Lease - TimeSpan.FromSeconds(2));
        }

        idle.ExpectNoMsg(TimeSpan.Zero);
        Complete(worker, assignment);
    }

    [Fact]
    public void A_worker_whose_actor_dies_loses_its_task_at_once()
    {
        var worker = Join("w1");
        Submit(1);
        worker.ExpectMsg<AssignTask>();
        var other = Join("w2");
        Sys.Stop(worker);
        Assert.Equal(2, other.ExpectMsg<AssignTask>().Attempt.Number);
    }

    [Fact]
    public void A_result_whose_blob_did_not_arrive_is_not_taken()
    {
        _muxing.Stored = _ => false;
        var worker = Join("w1");
        Submit(1);
        Complete(worker, worker.ExpectMsg<AssignTask>());
        Assert.Equal(2, worker.ExpectMsg<AssignTask>().Attempt.Number);
    }

    [Fact]
    public void Cancelling_stops_the_worker()
    {
        var worker = Join("w1");
        var id = Submit(1);
        var assignment = worker.ExpectMsg<AssignTask>();
        var view = Ask<FarmQueries.BatchAnswer>(new FarmQueries.CancelBatch(id)).View!;
        Assert.Equal(ClipState.Cancelled, Assert.Single(view.Clips).State);
        Assert.Equal(assignment.Attempt, worker.ExpectMsg<CancelAttempt>().Attempt);
    }

    [Fact]
    public void A_watcher_is_told_when_something_changes()
    {
        var id = Submit(1);
        var view = Ask<FarmQueries.BatchAnswer>(new FarmQueries.GetBatch(id, null, TimeSpan.Zero)).View!;
        var watcher = CreateTestProbe();
        _farm.Tell(new FarmQueries.GetBatch(id, view.Version, TimeSpan.FromSeconds(20)), watcher);
        Join("w1").ExpectMsg<AssignTask>();
        Advance(TimeSpan.FromSeconds(1));
        Assert.True(watcher.ExpectMsg<FarmQueries.BatchAnswer>().View!.Version > view.Version);
    }

    [Fact]
    public void An_unknown_batch_has_no_view() =>
        Assert.Null(Ask<FarmQueries.BatchAnswer>(new FarmQueries.GetBatch("none", 1, TimeSpan.FromSeconds(5))).View);

    private static AttemptDone DoneReport(AssignTask assignment)
    {
        var task = JsonSerializer.Deserialize<StageTask>(assignment.TaskJson, FarmJson.Options)!;
        return new AttemptDone(assignment.Attempt, task.Outputs.Select(name => new NamedBlob(name, new BlobRef(new string('b', 64), 1))).ToList());
    }

    private TestProbe Join(string id)
    {
        var probe = CreateTestProbe();
        _farm.Tell(new WorkerHello(id, "e1", id, "cpu", "m"), probe);
        probe.ExpectMsg<WorkerWelcome>();
        return probe;
    }

    private string Submit(int clips, bool audio = true) => Ask<BatchCreated>(new FarmQueries.Submit(new SubmitBatch(
        Guid.NewGuid().ToString(),
        Enumerable.Range(1, clips).Select(row => new SubmittedClip(row, $"{row}.mp4", 0, new RenderSettings { Prompt = "x", Width = 64, Height = 64, NumFrames = 9, Audio = audio })).ToList()))).Id;

    private void Complete(TestProbe worker, AssignTask assignment)
    {
        _farm.Tell(DoneReport(assignment), worker);
        worker.ExpectMsg<ReportAcknowledged>();
    }

    private BatchView View(string id) => Ask<FarmQueries.BatchAnswer>(new FarmQueries.GetBatch(id, null, TimeSpan.Zero)).View!;

    private BatchView Ended(string id)
    {
        BatchView? view = null;
        AwaitAssert(() =>
        {
            view = View(id);
            Assert.Equal(BatchState.Ended, view.State);
        });
        return view!;
    }

    private T Ask<T>(object message)
    {
        var asker = CreateTestProbe();
        _farm.Tell(message, asker);
        return asker.ExpectMsg<T>();
    }

    private void Advance(TimeSpan time)
    {
        _clock.Advance(time);
        ((TestScheduler)Sys.Scheduler).Advance(time);
    }

    private sealed class TestClock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance(TimeSpan time) => _now += time;
    }
}
