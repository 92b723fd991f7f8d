using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Hosting;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using LinqToDB.Data;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Coordinator.Archive;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.History;
using MlxVideo.Coordinator.Logs;
using MlxVideo.Coordinator.Metrics;
using MlxVideo.Coordinator.Offloading;
using MlxVideo.Coordinator.Persistence;
using MlxVideo.Coordinator.Tests.Farm;
using MlxVideo.Coordinator.Tracing;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Scheduling;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Protocol;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Coordinator.Tests.Persistence;

/// <summary>A farm with its events in a database and test probes as workers, in an actor system of its own.</summary>
internal sealed class StoredFarm : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(20);

    private readonly string _folder = Directory.CreateTempSubdirectory("stored-farm-").FullName;
    private readonly FarmDatabase _database;
    private readonly IHost _host;
    private readonly LogLines _log = new();
    private TestKit _kit = null!;

    private StoredFarm(FarmDatabase database)
    {
        _database = database;
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(_log);
        builder.Services.AddOptions<FarmOptions>();
        builder.Services.AddOptions<SchedulingOptions>();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<DatabaseCondition>();
        builder.Services.AddMetrics().AddSingleton<FarmMetrics>();
        builder.Services.AddSingleton<ISchedulingPolicy>(new Scheduler());
        builder.Services.AddSingleton<IClipMuxing>(new FakeMuxing());
        builder.Services.AddSingleton<IClusterMembership>(new FakeMembership());
        builder.Services.AddSingleton(new ApiAddress { Value = new Uri("http://127.0.0.1:8080") });
        builder.Services.AddSingleton(_ => new EvaluationRelay(new BlobStore(Path.Combine(_folder, "blobs"))));
        builder.Services.AddSingleton(_ => new TraceFiles(Path.Combine(_folder, "traces"), NullLogger<TraceFiles>.Instance));
        builder.Services.AddSingleton(_ => new BatchArchive(database));
        builder.Services.AddSingleton(
            _ => new AttemptLogFiles(Path.Combine(_folder, "logs"), TimeProvider.System, NullLogger<AttemptLogFiles>.Instance));
        builder.Services.AddSingleton(database).AddSingleton<FarmHistory>();
        builder.Services.AddAkka("stored-farm", (akka, _) => akka
            .AddHocon("akka.test.single-expect-default = 300s", HoconAddMode.Prepend) // only ends a test that would hang
            .WithFarmLogging(verbose: false)
            .WithFarmPersistence(database)
            .WithActors((system, registry, resolver) =>
                registry.Register<FarmActor>(system.ActorOf(FarmSupervision.Of(resolver.Props<FarmActor>()), "farm"))));
        _host = builder.Build();
    }

    /// <summary>The log of the coordinator and of the actor system.</summary>
    public IReadOnlyCollection<string> Log => _log.Lines;

    /// <summary>What clients learn while the farm does not answer.</summary>
    public string? Problem => _host.Services.GetRequiredService<DatabaseCondition>().Problem;

    private IActorRef Farm => _host.Services.GetRequiredService<ActorRegistry>().Get<FarmActor>();

    /// <summary>Starts a farm, which recovers what is in the database.</summary>
    public static async Task<StoredFarm> StartAsync(FarmDatabase database)
    {
        database.Prepare();
        var farm = new StoredFarm(database);
        // Without one of its services, the actor would be created again and again.
        foreach (var service in typeof(FarmActor).GetConstructors().Single().GetParameters())
            farm._host.Services.GetRequiredService(service.ParameterType);
        await farm._host.StartAsync();
        farm._kit = new TestKit(farm._host.Services.GetRequiredService<ActorSystem>());
        return farm;
    }

    /// <summary>Stops the actor; its supervisor starts it again.</summary>
    public async Task RestartActorAsync()
    {
        var actor = await _kit.Sys.ActorSelection(Farm.Path / "actor").ResolveOne(Patience);
        var watch = _kit.CreateTestProbe();
        await watch.WatchAsync(actor);
        actor.Tell(PoisonPill.Instance);
        await watch.ExpectTerminatedAsync(actor, Patience);
        await UntilAsync(AnswersAsync);
    }

    /// <summary>Submits a batch and waits for its acknowledgement.</summary>
    public async Task<string> SubmitAsync(SubmitBatch batch) =>
        (await Farm.Ask<BatchCreated>(new FarmQueries.Submit(batch), Patience)).Id;

    /// <summary>Submits a batch again and again until it is acknowledged, like a client.</summary>
    public async Task<string> SubmitPersistentlyAsync(SubmitBatch batch)
    {
        BatchCreated? created = null;
        await UntilAsync(async () => (created = await TryAskAsync<BatchCreated>(new FarmQueries.Submit(batch))) is not null);
        return created!.Id;
    }

    /// <summary>Registers a worker, with the attempts that it still holds.</summary>
    public async Task<TestProbe> JoinAsync(string id, params AttemptAddress[] held)
    {
        var probe = _kit.CreateTestProbe();
        probe.IgnoreMessages(message => message is PrefetchComponent);
        Farm.Tell(new WorkerHello(id, "e1", id, "cpu", "m", FarmActorTestKit.SomeCapabilities, "m", held), probe);
        await probe.ExpectMsgAsync<WorkerWelcome>(Patience);
        Farm.Tell(new WorkerResident(id, [], null, 0, null), probe); // reports that it can run stages
        return probe;
    }

    /// <summary>Removes a worker, and returns when the farm has stored everything so far.</summary>
    public async Task LeaveAsync(string id)
    {
        Farm.Tell(new WorkerGoodbye(id, "e1"));
        await Farm.Ask<FarmStatus>(FarmQueries.GetFarm.Instance, Patience);
    }

    /// <summary>Waits for a worker's next stage.</summary>
    public static async Task<AssignStage> AssignmentAsync(TestProbe worker) => await worker.ExpectMsgAsync<AssignStage>(Patience);

    /// <summary>Reports a stage as done and waits for the acknowledgement.</summary>
    public async Task CompleteAsync(TestProbe worker, AssignStage assignment)
    {
        Farm.Tell(FarmActorTestKit.DoneReport(assignment), worker);
        await worker.ExpectMsgAsync<ReportAcknowledged>(Patience);
    }

    /// <summary>Returns a batch; null when it is unknown.</summary>
    public async Task<BatchView?> ViewAsync(string id) =>
        (await Farm.Ask<FarmQueries.BatchAnswer>(new FarmQueries.GetBatch(id, null, TimeSpan.Zero), Patience)).View;

    /// <summary>Returns all batches.</summary>
    public async Task<IReadOnlyList<BatchSummary>> ListAsync() =>
        (await Farm.Ask<BatchList>(FarmQueries.GetBatches.Instance, Patience)).Batches;

    /// <summary>Waits for the end of a batch.</summary>
    public async Task<BatchView> EndedAsync(string id)
    {
        BatchView? view = null;
        await UntilAsync(async () => (view = await ViewAsync(id))!.State == BatchState.Ended);
        return view!;
    }

    /// <summary>Returns the result of a query with one number.</summary>
    public async Task<long> CountAsync(string sql)
    {
        await using var connection = _database.Connect();
        return await connection.ExecuteAsync<long>(sql);
    }

    /// <summary>Polls until a condition holds; neither the database nor a supervisor notifies anybody.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"Waited in vain; the log:\n{string.Join('\n', Log)}");
            await Task.Delay(Glance);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<bool> AnswersAsync() => await TryAskAsync<FarmStatus>(FarmQueries.GetFarm.Instance) is not null;

    private async Task<T?> TryAskAsync<T>(object query)
        where T : class
    {
        try
        {
            return await Farm.Ask<T>(query, TimeSpan.FromSeconds(1));
        }
        catch (AskTimeoutException)
        {
            return null; // the actor is being replaced
        }
    }

    private sealed class LogLines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{logLevel} {eventId.Id}: {formatter(state, exception)}");

        public void Dispose()
        {
        }
    }
}
