using System.Text.Json;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlxVideo.Coordinator.Archive;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.History;
using MlxVideo.Coordinator.Logs;
using MlxVideo.Coordinator.Metrics;
using MlxVideo.Coordinator.Offloading;
using MlxVideo.Coordinator.Persistence;
using MlxVideo.Coordinator.Tracing;
using MlxVideo.Farm.Policies;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Workers;

namespace MlxVideo.Coordinator.Tests.Farm;

/// <summary>A farm actor on a manual clock; test probes stand in for workers.</summary>
public abstract class FarmActorTestKit : TestKit
{
    // A loaded machine may deliver a message late: the limit only ends a test that would hang.
    private const string VirtualTime = """
        akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
        akka.test.single-expect-default = 300s
        """;

    private readonly TestMeters _meters;

    /// <param name="meters">Creates the farm's meter; null for one that no other test can see.</param>
    private protected FarmActorTestKit(TestMeters? meters = null)
        : base(VirtualTime)
    {
        _meters = meters ?? new TestMeters(Guid.NewGuid().ToString("N"));
        Relay = new EvaluationRelay(new BlobStore(Path.Combine(TraceFolder, "blobs")));
        Traces = new TraceFiles(TraceFolder, NullLogger<TraceFiles>.Instance);
        var api = new ApiAddress { Value = new Uri("http://127.0.0.1:8080") };
        Archive = new BatchArchive(FarmDatabase.Of(Directory.CreateDirectory(TraceFolder).FullName, postgres: null));
        History = new FarmHistory(FarmDatabase.Of(TraceFolder, postgres: null), Clock, NullLogger<FarmHistory>.Instance);
        AttemptLogs = new AttemptLogFiles(Path.Combine(TraceFolder, "logs"), Clock, NullLogger<AttemptLogFiles>.Instance);
        Metrics = new FarmMetrics(_meters, Clock);
        FarmProps = Props.Create(() =>
            new FarmActor(
                Options.Create(new FarmOptions()), Options.Create(new SchedulingOptions()), Policy, Clock, Muxing, api, Relay, Traces,
                Archive, History, AttemptLogs, Metrics, Members, new DatabaseCondition(), NullLogger<FarmActor>.Instance));
        Farm = Sys.ActorOf(FarmProps);
    }

    private protected BatchArchive Archive { get; }

    private protected FarmHistory History { get; }

    private protected AttemptLogFiles AttemptLogs { get; }

    private protected Props FarmProps { get; }

    private protected FarmMetrics Metrics { get; }

    private protected FakeMembership Members { get; } = new();

    private protected FakeMuxing Muxing { get; } = new();

    private protected ScriptedPolicy Policy { get; } = new();

    private protected TestClock Clock { get; } = new();

    private protected string TraceFolder { get; } = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));

    private protected TraceFiles Traces { get; }

    private protected EvaluationRelay Relay { get; }

    private protected IActorRef Farm { get; set; }

    /// <summary>Capabilities of a worker with ample memory and all components.</summary>
    internal static WorkerCapabilities SomeCapabilities => Capabilities;

    private protected static WorkerCapabilities Capabilities { get; } = new()
    {
        MemoryBytes = 64L << 30,
        WeightBytes = 48L << 30,
        TeraflopsPerSecond = 10,
        DiskBytesPerSecond = 1e9,
        LinkBytesPerSecond = 1e8,
        Precision = "float32",
        Arithmetic = "arm64 cpu float32 plain 1",
        BytesPerElement = 4,
        Components = Enum.GetValues<ModelComponent>().Select(component => new ComponentSize(component, 1L << 30, 1L << 30)).ToList(),
    };

    protected override void AfterAll()
    {
        base.AfterAll();
        Relay.Dispose();
        _meters.Dispose();
        Archive.DisposeAsync().AsTask().GetAwaiter().GetResult();
        History.DisposeAsync().AsTask().GetAwaiter().GetResult();
        AttemptLogs.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Traces.DisposeAsync().AsTask().GetAwaiter().GetResult();
        if (Directory.Exists(TraceFolder))
            Directory.Delete(TraceFolder, recursive: true);
    }

    internal static AttemptDone DoneReport(AssignStage assignment)
    {
        var stage = StageJson.Deserialize(assignment.StageJson);
        return new AttemptDone(
            assignment.Attempt, stage.Outputs.Select(name => new NamedBlob(name, new BlobRef(new string('b', 64), 1))).ToList());
    }

    /// <summary>Registers a worker; its prefetch messages are ignored unless a test asks for them.</summary>
    private protected TestProbe Join(string id, bool showPrefetches = false)
    {
        var probe = CreateTestProbe();
        if (!showPrefetches)
            probe.IgnoreMessages(message => message is PrefetchComponent);
        Farm.Tell(new WorkerHello(id, "e1", id, "cpu", "m", Capabilities, "m", []), probe);
        probe.ExpectMsg<WorkerWelcome>();
        return probe;
    }

    /// <summary>Registers a worker's process again, with the attempts that it still holds.</summary>
    private protected void Return(TestProbe probe, string id, params AttemptAddress[] held)
    {
        Farm.Tell(new WorkerHello(id, "e1", id, "cpu", "m", Capabilities, "m", held), probe);
        probe.ExpectMsg<WorkerWelcome>();
    }

    /// <summary>Stops the farm's actor and starts it again with the same journal.</summary>
    private protected void Restart()
    {
        Watch(Farm);
        Sys.Stop(Farm);
        ExpectTerminated(Farm);
        Farm = Sys.ActorOf(FarmProps);
    }

    private protected string Submit(int clips, bool audio = true, string? prompt = null) =>
        Ask<BatchCreated>(new FarmQueries.Submit(NewBatch(Guid.NewGuid().ToString(), clips, audio, prompt))).Id;

    internal static SubmitBatch NewBatch(string clientToken, int clips = 1, bool audio = false, string? prompt = null) =>
        new(
        clientToken,
        Enumerable.Range(1, clips).Select(row => new SubmittedClip(row, $"{row}.mp4", new ClipConstraints(), new RenderSettings
        {
            Prompt = prompt ?? $"clip {row}",
            Width = 64,
            Height = 64,
            NumFrames = 9,
            Audio = audio,
        })).ToList());

    private protected void Complete(TestProbe worker, AssignStage assignment)
    {
        Farm.Tell(DoneReport(assignment), worker);
        worker.ExpectMsg<ReportAcknowledged>();
    }

    /// <summary>Completes the given number of stages on one worker.</summary>
    private protected void RenderAll(TestProbe worker, int stages)
    {
        for (var i = 0; i < stages; i++)
            Complete(worker, worker.ExpectMsg<AssignStage>());
    }

    private protected BatchView View(string id) => Ask<FarmQueries.BatchAnswer>(new FarmQueries.GetBatch(id, null, TimeSpan.Zero)).View!;

    private protected BatchView Ended(string id)
    {
        BatchView? view = null;
        AwaitAssert(() =>
        {
            view = View(id);
            Assert.Equal(BatchState.Ended, view.State);
        });
        return view!;
    }

    private protected T Ask<T>(object message)
    {
        var asker = CreateTestProbe();
        Farm.Tell(message, asker);
        return asker.ExpectMsg<T>();
    }

    private protected void Advance(TimeSpan time)
    {
        Clock.Advance(time);
        ((TestScheduler)Sys.Scheduler).Advance(time);
    }

    private protected sealed class TestClock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        private TimeSpan _elapsed;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => _now;

        public override long GetTimestamp() => _elapsed.Ticks;

        public void Advance(TimeSpan time) => (_now, _elapsed) = (_now + time, _elapsed + time);

        /// <summary>Adjusts the wall clock without affecting elapsed time.</summary>
        public void Jump(TimeSpan by) => _now += by;
    }
}
