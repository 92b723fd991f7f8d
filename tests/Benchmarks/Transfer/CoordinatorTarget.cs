using System.Net;
using MlxVideo.Cli.LocalFarms;
using MlxVideo.Cluster.Security;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Benchmarks.Transfer;

/// <summary>A real coordinator that receives tiles through its data plane.</summary>
internal sealed class CoordinatorTarget : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Daemon _coordinator;
    private readonly TransferAccess _access;
    private readonly Uri _api;
    private readonly BlobStore _store;

    private CoordinatorTarget(Daemon coordinator, TransferAccess access, Uri api, IPEndPoint cluster, string folder)
    {
        (_coordinator, _access, _api, Cluster) = (coordinator, access, api, cluster);
        _store = new BlobStore(Path.Combine(folder, "data", "blobs"));
    }

    /// <summary>Certificates of a node that joins the coordinator; null for none.</summary>
    public NodeTls? Tls => _access.Tls;

    /// <summary>The coordinator's cluster address.</summary>
    public IPEndPoint Cluster { get; }

    /// <summary>Starts a coordinator.</summary>
    /// <param name="folder">Folder for all its files.</param>
    /// <param name="security">How its connections are secured.</param>
    public static async Task<CoordinatorTarget> StartAsync(string folder, TransferSecurity security)
    {
        var operatorToken = security == TransferSecurity.Tls ? TransferAccess.PrepareCoordinator(Path.Combine(folder, "data")) : null;
        var coordinator = Daemon.Start("Coordinator", "coordinator", folder, ["--cluster-port", "0", "--http-port", "0"]);
        var ready = await coordinator.ReadyAsync(CancellationToken.None).WaitAsync(Patience);
        var (api, cluster) = (new Uri(ready["http"]), ready["cluster"]);
        var access = operatorToken is null
            ? TransferAccess.Plain()
            : await TransferAccess.EnrolAsync(api, cluster, operatorToken, Path.Combine(folder, "worker"));
        return new CoordinatorTarget(coordinator, access, api, IPEndPoint.Parse(cluster), folder);
    }

    /// <summary>Uploads a tile as a worker does.</summary>
    public async Task SendAsync(Tile tile)
    {
        if (!await new BlobClient(_access.Http, _api).PutAsync(tile.Blob, tile.Path, CancellationToken.None))
            throw new InvalidOperationException("The coordinator already had the tile: nothing was transferred.");
    }

    /// <summary>Deletes a received tile.</summary>
    public void Delete(Tile tile) => _store.Delete(tile.Blob.Digest);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _coordinator.DisposeAsync();
        _access.Dispose();
    }
}
