using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Json;
using MlxVideo.Shared.Models;
using MlxVideo.Worker.Models;
using MlxVideo.Worker.Peers;

namespace MlxVideo.Worker.Tests.Models;

/// <summary>
/// Workers that serve models over real sockets, a stand-in for the coordinator that names them, and a data folder into which a model is
/// fetched.
/// </summary>
internal sealed class ModelFarm : IAsyncDisposable
{
    private static readonly ModelFetchSettings Settings = new(
        Parallel: 4, Attempts: 3, FirstDelay: TimeSpan.FromMilliseconds(1), LongestDelay: TimeSpan.FromMilliseconds(1),
        ProgressInterval: TimeSpan.FromMilliseconds(10));

    private readonly TemporaryFolder _folder = new();
    private readonly List<PeerServer> _workers = [];
    private readonly HttpClient _coordinatorHttp = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly List<string> _notices = [];
    private WebApplication _coordinator = null!;

    private ModelFarm()
    {
        Hashes = new ContentHashCache(_folder.File("hashes"));
        Store = new FetchedModels(Data, Hashes);
    }

    /// <summary>What the coordinator answers.</summary>
    public List<HeldModel> Models { get; } = [];

    public ContentHashCache Hashes { get; }

    public FetchedModels Store { get; }

    public string Data => _folder.File("data");

    /// <summary>Faults of the connections to workers.</summary>
    public ConnectionFaults Faults { get; } = new();

    public IReadOnlyList<string> Notices
    {
        get
        {
            lock (_notices)
                return [.. _notices];
        }
    }

    /// <summary>Called with each notice.</summary>
    public Action<string> Noticed { get; set; } = _ => { };

    public static async Task<ModelFarm> StartAsync()
    {
        var farm = new ModelFarm();
        Directory.CreateDirectory(farm.Data);
        farm._coordinator = await ServeAsync(app => app.MapGet(
            ModelClient.Path, () => Results.Json(new FarmModels(farm.Models), FarmJson.Options)));
        return farm;
    }

    /// <summary>Starts a plain HTTP server on a free port.</summary>
    public static async Task<WebApplication> ServeAsync(Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return app;
    }

    /// <summary>Starts a worker that serves a model, which the coordinator then names.</summary>
    /// <returns>The model's digest.</returns>
    public async Task<string> AddWorkerAsync(ModelLocation location, string name = "tiny")
    {
        var digest = ModelFingerprint.Of(ModelFolder.Open(location), Hashes);
        var worker = await PeerServer.StartAsync(
            new BlobStore(_folder.File($"blobs-{_workers.Count}")), IPAddress.Loopback, configure: null, CancellationToken.None,
            new ServedModel(location, digest, name, Hashes));
        _workers.Add(worker);
        AddSource(digest, name, worker.Address);
        return digest;
    }

    /// <summary>Lets the coordinator name a source.</summary>
    public void AddSource(string digest, string name, Uri address)
    {
        var index = Models.FindIndex(model => model.Digest == digest);
        if (index < 0)
            Models.Add(new HeldModel(digest, [name], [address.ToString()]));
        else
            Models[index] = Models[index] with { Sources = [.. Models[index].Sources, address.ToString()] };
    }

    /// <summary>Fetches a model as a new process would.</summary>
    public async Task<ModelFileList> FetchAsync(
        string? requested = null, Volume? disk = null, CancellationToken cancellationToken = default)
    {
        using var http = new HttpClient(Faults.NewHandler()) { Timeout = Timeout.InfiniteTimeSpan };
        var fetch = new ModelFetch(
            new ModelClient(_coordinatorHttp), new ModelClient(http), Store, Settings, TimeProvider.System, notice =>
            {
                lock (_notices)
                    _notices.Add(notice);
                Noticed(notice);
            });
        return await fetch.RunAsync(
            new RequestedModel(requested), new Uri(_coordinator.Urls.Single()), "farm:4053", disk ?? new Volume(Data), cancellationToken);
    }

    /// <summary>Digest of a fetched model, computed from its files.</summary>
    public string DigestOf(ModelFileList model) => ModelFingerprint.Of(
        ModelFolder.Open(Store.FolderOf(model.Digest)), new ContentHashCache(_folder.File($"hashes-{Guid.NewGuid():N}")));

    /// <summary>Stops all workers.</summary>
    public async Task StopWorkersAsync()
    {
        foreach (var worker in _workers)
            await worker.DisposeAsync();
        _workers.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await StopWorkersAsync();
        await _coordinator.DisposeAsync();
        _coordinatorHttp.Dispose();
        _folder.Dispose();
    }
}
