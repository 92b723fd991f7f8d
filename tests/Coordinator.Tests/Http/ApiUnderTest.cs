using System.Net;
using System.Net.Http.Json;
using System.Text;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.Http;
using MlxVideo.Coordinator.Offloading;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Json;

namespace MlxVideo.Coordinator.Tests.Http;

/// <summary>The HTTP API on Kestrel with a stub actor that accepts every batch and knows none.</summary>
internal sealed class ApiUnderTest : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("api-").FullName;
    private readonly ActorSystem _system = ActorSystem.Create("api");
    private readonly WebApplication _app;

    private ApiUnderTest()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.Services.AddFarmApi();
        builder.Services.AddSingleton(new BlobStore(_folder));
        builder.Services.AddSingleton<EvaluationRelay>();
        builder.Services.AddSingleton<IRequiredActor<FarmActor>>(new RequiredActor(_system.ActorOf(Props.Create<Farm>())));
        _app = builder.Build();
        _app.UseFarmApi();
    }

    public HttpClient Client { get; } = new();

    public static async Task<ApiUnderTest> StartAsync()
    {
        var api = new ApiUnderTest();
        await api._app.StartAsync();
        api.Client.BaseAddress = new Uri(api._app.Urls.Single());
        return api;
    }

    /// <summary>Posts a batch and returns the status and the error message.</summary>
    public async Task<(HttpStatusCode Status, string Error)> SubmitAsync(string json, string contentType = "application/json")
    {
        using var content = new StringContent(json, Encoding.UTF8, contentType);
        return await ReadAsync(await Client.PostAsync(new Uri("/api/batches", UriKind.Relative), content));
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
                : (await response.Content.ReadFromJsonAsync<ApiError>(FarmJson.Options))!.Error);
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
        }
    }

    private sealed class RequiredActor(IActorRef actor) : IRequiredActor<FarmActor>
    {
        public IActorRef ActorRef => actor;

        public Task<IActorRef> GetAsync(CancellationToken cancellationToken = default) => Task.FromResult(actor);
    }
}
