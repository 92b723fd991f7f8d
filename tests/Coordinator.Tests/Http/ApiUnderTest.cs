using System.Net;
using System.Net.Http.Json;
using System.Text;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MlxVideo.Coordinator.Commands;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Hosting;
using MlxVideo.Coordinator.Http;
using MlxVideo.Coordinator.Logs;
using MlxVideo.Coordinator.Offloading;
using MlxVideo.Coordinator.Persistence;
using MlxVideo.Coordinator.Security;
using MlxVideo.Farm.Policies;
using MlxVideo.Farm.Profiles;
using MlxVideo.Farm.State;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Json;

namespace MlxVideo.Coordinator.Tests.Http;

/// <summary>The HTTP API on Kestrel, by default with a stub actor that accepts every batch, knows none, and does not list them.</summary>
internal sealed class ApiUnderTest : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("api-").FullName;
    private readonly ActorSystem _system;
    private readonly WebApplication _app;

    private ApiUnderTest(CoordinatorTls? tls, ILoggerProvider? log, ApiUnderTestOptions options)
    {
        _system = ActorSystem.Create("api", """
            akka.actor.provider = cluster
            akka.remote.dot-netty.tcp.hostname = 127.0.0.1
            akka.remote.dot-netty.tcp.port = 0
            akka.stdout-loglevel = OFF
            akka.loglevel = OFF
            """);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (log is not null)
            builder.Logging.AddProvider(log).AddFilter("Microsoft", LogLevel.None);
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
            kestrel.ApplicationServices.GetRequiredService<ConnectionLimits>().Configure(kestrel, IPAddress.Loopback, 0, tls));
        builder.Services.AddFarmApi();
        builder.Services.AddFarmSecurity(tls, new CoordinatorOptions { PublicMetrics = options.PublicMetrics }.PublicPaths);
        builder.Services.AddFarmCommands(tls);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(_system);
        builder.Services.AddSingleton(new BlobStore(Path.Combine(_folder, "blobs"), quotaBytes: options.BlobQuota));
        builder.Services.AddSingleton(options.Database ?? FarmDatabase.Of(_folder, postgres: null));
        builder.Services.AddSingleton(new ApiAddress { Value = new Uri("http://127.0.0.1:8080") });
        builder.Services.AddSingleton<EvaluationRelay>();
        builder.Services.AddSingleton(_ => new AttemptLogFiles(
            Path.Combine(_folder, "logs"), TimeProvider.System, NullLogger<AttemptLogFiles>.Instance));
        var stub = options.Farm is null ? _system.ActorOf(Props.Create<Farm>()) : null;
        builder.Services.AddSingleton<IRequiredActor<FarmActor>>(new RequiredActor(options.Farm ?? (() => stub!)));
        options.Configure?.Invoke(builder.Services);
        _app = builder.Build();
        _app.UseFarmApi(tls);
    }

    public HttpClient Client { get; } = new();

    public IServiceProvider Services => _app.Services;

    /// <summary>The condition of the farm's database.</summary>
    public DatabaseCondition Database => _app.Services.GetRequiredService<DatabaseCondition>();

    /// <summary>Starts the API.</summary>
    /// <param name="tls">Certificates; null for plain HTTP.</param>
    /// <param name="log">Receives the farm's log.</param>
    /// <param name="options">What differs from the default.</param>
    public static async Task<ApiUnderTest> StartAsync(
        CoordinatorTls? tls = null, ILoggerProvider? log = null, ApiUnderTestOptions? options = null)
    {
        var api = new ApiUnderTest(tls, log, options ?? new ApiUnderTestOptions());
        await api._app.StartAsync();
        api.Client.BaseAddress = new Uri(api._app.Urls.Single());
        var address = api._app.Services.GetRequiredService<ApiAddress>();
        address.Value = address.Value is null ? null : api.Client.BaseAddress; // a test may keep it unknown
        return api;
    }

    /// <summary>Posts a batch and returns the status and the error message.</summary>
    public async Task<(HttpStatusCode Status, string Error)> SubmitAsync(string json, string contentType = "application/json")
    {
        using var content = new StringContent(json, Encoding.UTF8, contentType);
        return await ReadAsync(await Client.PostAsync(new Uri("/api/v1/batches", UriKind.Relative), content));
    }

    /// <summary>Gets a path and returns the status and the error message.</summary>
    public async Task<(HttpStatusCode Status, string Error)> GetAsync(string path) =>
        await ReadAsync(await Client.GetAsync(new Uri(path, UriKind.Relative)));

    /// <summary>Reads the status and the error message, which is empty on success.</summary>
    public static async Task<(HttpStatusCode Status, string Error)> ReadAsync(HttpResponseMessage response)
    {
        using (response)
            return (response.StatusCode, response.IsSuccessStatusCode
                ? ""
                : (await response.Content.ReadFromJsonAsync<ApiProblem>(FarmJson.Options))!.Detail);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        await _system.Terminate();
        Directory.Delete(_folder, recursive: true);
    }

    private sealed class Farm : ReceiveActor
    {
        public Farm()
        {
            Receive<FarmQueries.Submit>(_ => Sender.Tell(new BatchCreated("b1")));
            Receive<FarmQueries.GetBatch>(_ => Sender.Tell(new FarmQueries.BatchAnswer(null)));
            Receive<FarmQueries.RetryClips>(_ => Sender.Tell(new FarmQueries.BatchAnswer(null)));
            Receive<FarmQueries.GetModels>(_ => Sender.Tell(new FarmModels([new HeldModel(new string('a', 64), ["tiny"], [])])));
            Receive<FarmQueries.GetFarm>(_ => Sender.Tell(new FarmStatus([])));
            Receive<FarmQueries.Observe>(_ => Sender.Tell(new FarmQueries.Observation(
                new FarmSnapshot(FarmState.Empty, WorkerProfiles.Empty), DateTimeOffset.UnixEpoch, [], StorageProblem: null)));
        }
    }

    private sealed class RequiredActor(Func<IActorRef> actor) : IRequiredActor<FarmActor>
    {
        public IActorRef ActorRef => actor();

        public Task<IActorRef> GetAsync(CancellationToken cancellationToken = default) => Task.FromResult(ActorRef);
    }
}

/// <summary>What differs from the default API.</summary>
/// <param name="Farm">Returns the farm's actor; null for the stub.</param>
/// <param name="Configure">Replaces services.</param>
/// <param name="Database">The database that the readiness check uses; null for an empty one.</param>
internal sealed record ApiUnderTestOptions(
    Func<IActorRef>? Farm = null, Action<IServiceCollection>? Configure = null, FarmDatabase? Database = null, bool PublicMetrics = false,
    long? BlobQuota = null);
