using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Protocol;
using MlxVideo.Worker.Peers;

namespace MlxVideo.Worker.Tests.Peers;

/// <summary>Blobs fetched from other workers over real sockets.</summary>
public sealed class PeerBlobsTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly ManualClock _clock = new();
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(100_000);
    private BlobStore _store = null!;
    private BlobRef _blob = null!;
    private PeerServer _server = null!;
    private PeerBlobs _peers = null!;

    private string Target => _folder.File("target");

    public async Task InitializeAsync()
    {
        _store = new BlobStore(_folder.File("peer"));
        _blob = await _store.PutAsync(new MemoryStream(_content), null, default);
        _server = await PeerServer.StartAsync(_store, IPAddress.Loopback, configure: null, default);
        _peers = new PeerBlobs(_http, _clock);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Blob_is_fetched_from_a_worker_that_has_it()
    {
        Assert.True(await FetchAsync(_server.Address));
        Assert.Equal(_content, await File.ReadAllBytesAsync(Target));
    }

    [Fact]
    public async Task Server_does_not_accept_blobs()
    {
        using var response = await _http.PutAsync(new Uri(_server.Address, $"/blobs/{new string('a', 64)}"), new StringContent("x"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Theory]
    [InlineData("/blobs/..%2f..%2fetc%2fpasswd")]
    [InlineData("/blobs/xyz")]
    public async Task Server_refuses_names_that_are_not_digests(string path)
    {
        using var response = await _http.GetAsync(new Uri(_server.Address, path));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Theory]
    [InlineData(Fault.Lie)]
    [InlineData(Fault.Die)]
    [InlineData(Fault.Refuse)]
    [InlineData(Fault.Flood)]
    public async Task Next_worker_is_asked_after_one_that_fails(Fault fault)
    {
        await using var bad = new BadPeer(fault, _content);
        Assert.True(await FetchAsync(bad.Address, _server.Address));
        Assert.Equal(_content, await File.ReadAllBytesAsync(Target));
        Assert.Equal(1, bad.Requests);
    }

    [Fact]
    public async Task Stalled_worker_costs_a_few_seconds()
    {
        await using var bad = new BadPeer(Fault.Stall, _content);
        var began = TimeProvider.System.GetTimestamp();
        Assert.True(await FetchAsync(bad.Address, _server.Address));
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(30));
        Assert.Equal(_content, await File.ReadAllBytesAsync(Target));
    }

    [Fact]
    public async Task Worker_that_failed_is_avoided_for_a_while()
    {
        await using var bad = new BadPeer(Fault.Lie, _content);
        for (var fetch = 0; fetch < 3; fetch++)
            Assert.False(await FetchAsync(bad.Address));
        Assert.Equal(1, bad.Requests);

        _clock.Now += PeerBlobs.Avoidance;
        Assert.False(await FetchAsync(bad.Address));
        Assert.Equal(2, bad.Requests);
    }

    [Fact]
    public async Task Worker_without_the_blob_is_not_avoided()
    {
        var missing = new BlobRef(new string('a', 64), 5);
        Assert.False(await _peers.TryGetAsync(missing, [new BlobSource(missing.Digest, Text(_server.Address))], Target, Partial, default));
        Assert.True(await FetchAsync(_server.Address));
    }

    [Fact]
    public async Task Busy_worker_refuses_further_downloads_and_is_not_avoided()
    {
        var large = await _store.PutAsync(new MemoryStream(new byte[64 << 20]), null, default); // more than the sockets buffer
        var downloads = new List<HttpResponseMessage>();
        for (var download = 0; download < 4; download++)
            downloads.Add(await _http.GetAsync(
                new Uri(_server.Address, $"/blobs/{large.Digest}"), HttpCompletionOption.ResponseHeadersRead));
        using (var refused = await _http.GetAsync(new Uri(_server.Address, $"/blobs/{_blob.Digest}")))
            Assert.Equal(
                (HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(2)), (refused.StatusCode, refused.Headers.RetryAfter!.Delta));
        Assert.False(await FetchAsync(_server.Address));

        downloads.ForEach(download => download.Dispose());
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (!await FetchAsync(_server.Address))
            await Task.Delay(10, patience.Token); // the server has yet to notice
    }

    [Fact]
    public async Task Damaged_blob_of_a_worker_is_not_fetched()
    {
        await File.WriteAllTextAsync(_store.PathOf(_blob.Digest), "damaged");
        Assert.False(await FetchAsync(_server.Address));
        Assert.False(File.Exists(Target));
        Assert.Null(_store.Find(_blob.Digest));
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("nonsense")]
    public async Task Other_addresses_are_ignored(string address) =>
        Assert.False(await _peers.TryGetAsync(_blob, [new BlobSource(_blob.Digest, address)], Target, Partial, default));

    private string Partial => _folder.File("partial");

    private static string Text(Uri address) => address.ToString();

    private Task<bool> FetchAsync(params Uri[] addresses) => _peers.TryGetAsync(
        _blob, addresses.Select(address => new BlobSource(_blob.Digest, Text(address))).ToList(), Target, Partial, default);

    /// <summary>A fault of a worker.</summary>
    public enum Fault
    {
        Lie,
        Die,
        Refuse,
        Flood,
        Stall,
    }

    private sealed class ManualClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }

    /// <summary>A worker that does not serve what it should.</summary>
    private sealed class BadPeer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stopping = new();
        private readonly Task _serving;

        public BadPeer(Fault fault, byte[] content)
        {
            _listener.Start();
            Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
            _serving = ServeAsync(fault, content);
        }

        public Uri Address { get; }

        public int Requests { get; private set; }

        public async ValueTask DisposeAsync()
        {
            await _stopping.CancelAsync();
            _listener.Stop();
            await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stopping.Dispose();
        }

        private async Task ServeAsync(Fault fault, byte[] content)
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                await using var stream = client.GetStream();
                using var reader = new StreamReader(stream, leaveOpen: true);
                while (await reader.ReadLineAsync(_stopping.Token) is { Length: > 0 })
                {
                }

                Requests++;
                var length = fault == Fault.Flood ? 10L << 30 : content.Length;
                var status = fault == Fault.Refuse ? "500 Internal Server Error" : "200 OK";
                await stream.WriteAsync(
                    Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"));
                await AnswerAsync(fault, content, stream);
            }
        }

        private async Task AnswerAsync(Fault fault, byte[] content, NetworkStream stream)
        {
            try
            {
                switch (fault)
                {
                    case Fault.Lie or Fault.Refuse:
                        await stream.WriteAsync(new byte[content.Length]);
                        break;
                    case Fault.Flood:
                        while (true)
                            await stream.WriteAsync(content, _stopping.Token);
                    case Fault.Stall:
                        await stream.WriteAsync(content.AsMemory(0, content.Length / 2));
                        await Task.Delay(Timeout.InfiniteTimeSpan, _stopping.Token);
                        break;
                    default:
                        await stream.WriteAsync(content.AsMemory(0, content.Length / 2));
                        break;
                }
            }
            catch (IOException)
            {
                // The client has had enough.
            }
        }
    }
}
