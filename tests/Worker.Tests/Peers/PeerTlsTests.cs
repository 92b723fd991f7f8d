using System.Net;
using System.Security.Cryptography;
using MlxVideo.Shared.Artefacts;
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

    /// <summary>Uses a new connection, because those that are open stay open.</summary>
    private static async Task<HttpStatusCode> GetAsync(WorkerCredentials credentials, Uri address)
    {
        using var http = PeerTls.NewClient(credentials, ConnectTimeout, TimeProvider.System);
        using var response = await http.GetAsync(address);
        await response.Content.ReadAsByteArrayAsync();
        return response.StatusCode;
    }

    private WorkerCredentials Credentials(string id)
    {
        using var key = WorkerCredentials.PendingKey(_folder.File(id));
        var certificate = _authority.Issue(
            FarmAuthority.KeyOf(FarmAuthority.RequestFor(key)), new FarmMember(FarmRole.Worker, id), ["127.0.0.1"], TimeSpan.FromDays(1),
            TimeProvider.System);
        return WorkerCredentials.Save(_folder.File(id), certificate, key, _authority.Certificate, apiPort: 8080);
    }
}
