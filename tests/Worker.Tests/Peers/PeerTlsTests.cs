using System.Net;
using System.Security.Cryptography;
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Models.Tiny;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Models;
using MlxVideo.Shared.Security;
using MlxVideo.Worker.Peers;

namespace MlxVideo.Worker.Tests.Peers;

/// <summary>Mutual TLS between workers over real sockets.</summary>
public sealed class PeerTlsTests : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder _folder = new();
    private readonly FarmAuthority _authority = FarmAuthority.Create(TimeProvider.System);

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Revoked_worker_is_refused_by_servers_and_clients()
    {
        var (first, second) = (Credentials("w1"), Credentials("w2"));
        var store = new BlobStore(_folder.File("peer"));
        var blob = await store.PutAsync(new MemoryStream(RandomNumberGenerator.GetBytes(1000)), null, default);
        await using var server = await PeerServer.StartAsync(
            store, IPAddress.Loopback, PeerTls.ServerFor(first, TimeProvider.System), default);
        var address = new Uri(server.Address, $"/blobs/{blob.Digest}");

        Assert.Equal(HttpStatusCode.OK, await GetAsync(second, address));

        first.SetRevoked([second.Current.Certificate.SerialNumber]);
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(second, address));

        first.SetRevoked([]);
        Assert.Equal(HttpStatusCode.OK, await GetAsync(second, address));

        second.SetRevoked([first.Current.Certificate.SerialNumber]);
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(second, address));
    }

    [Fact]
    public async Task Model_is_served_only_to_workers_of_the_farm()
    {
        TinyModel.Write(_folder.File("model"));
        var hashes = new ContentHashCache(_folder.File("hashes"));
        var digest = ModelFingerprint.Of(ModelFolder.Open(_folder.File("model")), hashes);
        var (first, second) = (Credentials("w1"), Credentials("w2"));
        await using var server = await PeerServer.StartAsync(
            new BlobStore(_folder.File("peer")), IPAddress.Loopback, PeerTls.ServerFor(first, TimeProvider.System), default,
            new ServedModel(new ModelLocation(_folder.File("model")), digest, "tiny", hashes));
        var list = new Uri(server.Address, $"/models/{digest}");
        var file = new Uri(server.Address, $"/models/{digest}/files/{hashes.HashOf(_folder.File("model/gemma/config.json"))}");

        Assert.Equal(HttpStatusCode.OK, await GetAsync(second, list));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(second, file));

        using var other = FarmAuthority.Create(TimeProvider.System);
        foreach (var stranger in new[] { Credentials("w3", other), Credentials("w4", role: FarmRole.Coordinator) })
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(stranger, list));
            await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(stranger, file));
        }

        using var anonymous = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
        });
        await Assert.ThrowsAsync<HttpRequestException>(() => anonymous.GetAsync(list));
    }

    /// <summary>Uses a new connection, because those that are open stay open.</summary>
    private static async Task<HttpStatusCode> GetAsync(WorkerCredentials credentials, Uri address)
    {
        using var http = PeerTls.NewClient(credentials, ConnectTimeout, TimeProvider.System);
        using var response = await http.GetAsync(address);
        await response.Content.ReadAsByteArrayAsync();
        return response.StatusCode;
    }

    private WorkerCredentials Credentials(string id, FarmAuthority? authority = null, FarmRole role = FarmRole.Worker)
    {
        authority ??= _authority;
        using var key = WorkerCredentials.PendingKey(_folder.File(id));
        var certificate = authority.Issue(
            FarmAuthority.KeyOf(FarmAuthority.RequestFor(key)), new FarmMember(role, id), ["127.0.0.1"], TimeSpan.FromDays(1),
            TimeProvider.System);
        return WorkerCredentials.Save(_folder.File(id), certificate, key, authority.Certificate, apiPort: 8080);
    }
}
