using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MlxVideo.Cluster.Blobs;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Worker.Peers;

/// <summary>
/// Serves a worker's local blobs and its model to other workers, read-only: <c>GET</c> and <c>HEAD /blobs/{digest}</c>,
/// <c>GET /models/{digest}</c> and <c>GET /models/{digest}/files/{hash}</c>. Rendering does not depend on it: every blob is in the
/// coordinator's store as well.
/// </summary>
public sealed class PeerServer : IAsyncDisposable
{
    /// <summary>Few, because a stage may be running on this machine.</summary>
    private const int MaxDownloads = 4;

    /// <summary>Fewer still, because a model's files take minutes to hours.</summary>
    private const int MaxModelTransfers = 2;

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private readonly WebApplication _app;
    private readonly IReadOnlyList<TransferSlots> _slots;

    private PeerServer(WebApplication app, params IReadOnlyList<TransferSlots> slots) => (_app, _slots) = (app, slots);

    /// <summary>Address for other workers.</summary>
    public Uri Address => new(_app.Urls.Single());

    /// <summary>Starts the server on a free port.</summary>
    /// <param name="blobs">The worker's local store.</param>
    /// <param name="listen">Address that other workers can reach.</param>
    /// <param name="configure">Configures the endpoint, for example with TLS; null for plain HTTP.</param>
    /// <param name="model">The worker's model; null to serve none.</param>
    public static async Task<PeerServer> StartAsync(
        BlobStore blobs, IPAddress listen, Action<ListenOptions>? configure, CancellationToken cancellationToken,
        ServedModel? model = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IHostLifetime, NestedLifetime>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(listen, 0, endpoint => configure?.Invoke(endpoint));
            kestrel.AddServerHeader = false;
        });
        var app = builder.Build();
        // Another worker does not wait: the coordinator has the blob as well.
        var slots = new TransferSlots(MaxDownloads, TimeSpan.Zero);
        app.MapMethods("/blobs/{digest}", [HttpMethods.Get, HttpMethods.Head], (HttpContext context, string digest) =>
            BlobResponses.SendAsync(context, digest, blobs, slots));
        var modelSlots = new TransferSlots(MaxModelTransfers, TimeSpan.Zero);
        if (model is not null)
        {
            app.MapGet($"{ModelClient.Path}/{{digest}}", (HttpContext context, string digest) =>
                ModelResponses.ListAsync(context, digest, model));
            app.MapGet($"{ModelClient.Path}/{{digest}}/files/{{hash}}", (HttpContext context, string digest, string hash) =>
                ModelResponses.SendAsync(context, digest, hash, model, modelSlots));
        }

        await app.StartAsync(cancellationToken);
        return new PeerServer(app, slots, modelSlots);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using (var patience = new CancellationTokenSource(StopTimeout))
            await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
        foreach (var slots in _slots)
            slots.Dispose();
    }

    /// <summary>Disables signal handling, which belongs to the process's own host.</summary>
    private sealed class NestedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
