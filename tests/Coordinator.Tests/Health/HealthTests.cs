using System.Net;
using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Persistence;
using MlxVideo.Coordinator.Tests.Http;
using MlxVideo.Coordinator.Tests.Persistence;
using MlxVideo.Shared.Api;

namespace MlxVideo.Coordinator.Tests.Health;

/// <summary>Liveness and readiness over HTTP.</summary>
public sealed class HealthTests : IDisposable
{
    private const string Live = "/healthz/live";
    private const string Ready = "/healthz/ready";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"mlx-video-test-{Guid.NewGuid():N}");
    private readonly ActorSystem _system = ActorSystem.Create("health");

    public void Dispose()
    {
        _system.Dispose();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Farm_that_answers_with_a_usable_database_is_ready()
    {
        await using var api = await ApiUnderTest.StartAsync();
        Assert.Equal("""{"status":"ok"}""", await api.Client.GetStringAsync(new Uri(Ready, UriKind.Relative)));
        Assert.Equal("""{"status":"ok"}""", await api.Client.GetStringAsync(new Uri(Live, UriKind.Relative)));
        using var post = await api.Client.PostAsync(new Uri(Ready, UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
    }

    [Fact]
    public async Task Farm_that_does_not_answer_is_live_but_not_ready()
    {
        var silent = _system.ActorOf(Props.Create<Silent>());
        await using var api = await ApiUnderTest.StartAsync(options: new ApiUnderTestOptions(() => silent));
        var (status, error) = await api.GetAsync(Ready);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("The farm does not answer: it is starting, busy, or unable to store its events.", error);
        Assert.Equal(HttpStatusCode.OK, (await api.GetAsync(Live)).Status);
    }

    [Fact]
    public async Task Coordinator_whose_address_is_unknown_is_not_ready()
    {
        await using var api = await ApiUnderTest.StartAsync(options: new ApiUnderTestOptions(
            Configure: services => services.AddSingleton(new ApiAddress())));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "The API is starting."), await api.GetAsync(Ready));
    }

    [Fact]
    public async Task Unusable_database_is_reported_without_details_until_it_works_again()
    {
        await using var api = await ApiUnderTest.StartAsync(
            options: new ApiUnderTestOptions(Database: FarmDatabase.Of(_folder, postgres: null)));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "The database can't be written and read."), await api.GetAsync(Ready));

        Directory.CreateDirectory(_folder);
        using var patience = new CancellationTokenSource(Patience);
        while ((await api.GetAsync(Ready)).Status != HttpStatusCode.OK) // checked at most once a second
            await Task.Delay(TimeSpan.FromMilliseconds(100), patience.Token);
    }

    [Fact]
    public async Task Many_requests_cost_one_check()
    {
        var counting = new Counter();
        var farm = _system.ActorOf(Props.Create(() => new Counting(counting)));
        await using var api = await ApiUnderTest.StartAsync(options: new ApiUnderTestOptions(
            () => farm, services => services.AddSingleton<TimeProvider>(new StoppedClock())));
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => api.GetAsync(Ready)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal(1, counting.Value);
    }

    private sealed class Silent : ReceiveActor
    {
        public Silent() => ReceiveAny(_ => { });
    }

    private sealed class Counting : ReceiveActor
    {
        public Counting(Counter counter) => Receive<FarmQueries.GetFarm>(_ =>
        {
            counter.Value++;
            Sender.Tell(new FarmStatus([]));
        });
    }

    private sealed class Counter
    {
        public int Value { get; set; }
    }

    /// <summary>The system's timers with a clock that stands still.</summary>
    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }
}

/// <summary>Readiness with PostgreSQL.</summary>
public sealed class PostgresHealthTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    [SkippableFact]
    public async Task Database_that_refuses_to_be_written_is_not_ready()
    {
        var database = server.CreateDatabase();
        await using (var api = await ApiUnderTest.StartAsync(options: new ApiUnderTestOptions(Database: database)))
            Assert.Equal(HttpStatusCode.OK, (await api.GetAsync("/healthz/ready")).Status);

        await using var refused = await ApiUnderTest.StartAsync(options: new ApiUnderTestOptions(Database: server.AsStranger(database)));
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "The database can't be written and read."), await refused.GetAsync("/healthz/ready"));
    }
}
