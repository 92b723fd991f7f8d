using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Models;
using MlxVideo.Worker.Peers;

namespace MlxVideo.Worker.Tests.Peers;

/// <summary>A worker's model, requested over real sockets.</summary>
public sealed class ModelServingTests(TinyModelFolder tiny) : IClassFixture<TinyModelFolder>, IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private ContentHashCache _hashes = null!;
    private string _digest = null!;
    private PeerServer _server = null!;

    public async Task InitializeAsync()
    {
        _hashes = new ContentHashCache(_folder.File("hashes"));
        _digest = ModelFingerprint.Of(tiny.Model, _hashes);
        _server = await ServeAsync(tiny.Model.Path);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task List_names_the_files_with_their_hashes_and_each_is_sent_in_parts()
    {
        var list = await new ModelClient(_http).ListFilesAsync(_server.Address, _digest, CancellationToken.None);
        Assert.Contains("gemma/tokenizer.model", list.Files.Select(file => file.Path));
        foreach (var file in list.Files)
        {
            var content = await File.ReadAllBytesAsync(Path.Combine(tiny.Model.Path, file.Path));
            Assert.Equal((content.Length, Convert.ToHexStringLower(SHA256.HashData(content))), ((int)file.Size, file.Sha256));
            using var request = new HttpRequestMessage(HttpMethod.Get, Address($"{_digest}/files/{file.Sha256}"));
            request.Headers.Range = new RangeHeaderValue(10, 19);
            using var response = await _http.SendAsync(request);
            Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
            Assert.Equal(content[10..20], await response.Content.ReadAsByteArrayAsync());
        }
    }

    [Theory]
    [InlineData("DIGEST/files/config.json")]
    [InlineData("DIGEST/files/..%2f..%2fetc%2fpasswd")]
    [InlineData("DIGEST/files/%2Fetc%2Fpasswd")]
    [InlineData("DIGEST/files/../../../etc/passwd")]
    [InlineData("DIGEST/config.json")]
    [InlineData("..%2f..%2fetc")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("")]
    public async Task Nothing_else_is_served(string path)
    {
        using var response = await _http.GetAsync(Address(path.Replace("DIGEST", _digest, StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Files_can_not_be_changed()
    {
        using var response = await _http.PutAsync(Address($"{_digest}/files/{new string('a', 64)}"), new StringContent("x"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Fact]
    public async Task Model_that_has_changed_is_not_served()
    {
        var changed = _folder.File("changed");
        foreach (var file in Directory.EnumerateFiles(tiny.Model.Path, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(changed, Path.GetRelativePath(tiny.Model.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        await File.AppendAllTextAsync(Path.Combine(changed, "gemma", "config.json"), " ");
        await using var server = await ServeAsync(changed);
        using var response = await _http.GetAsync(new Uri(server.Address, $"/models/{_digest}"));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Two_files_are_sent_at_a_time()
    {
        // Larger than what the sockets buffer: a response stays open until it is read.
        var large = _folder.File("large");
        Directory.CreateDirectory(large);
        foreach (var folder in Directory.EnumerateDirectories(tiny.Model.Path))
            Directory.CreateSymbolicLink(Path.Combine(large, Path.GetFileName(folder)), folder);
        foreach (var file in Directory.EnumerateFiles(tiny.Model.Path))
            File.CreateSymbolicLink(Path.Combine(large, Path.GetFileName(file)), file);
        await using (var padding = File.Create(Path.Combine(large, "padding.json")))
            padding.SetLength(48 << 20);
        await using var server = await ServeAsync(large);
        var list = await new ModelClient(_http).ListFilesAsync(server.Address, _digest, CancellationToken.None);
        var address = new Uri(server.Address, $"/models/{_digest}/files/{list.Files.Single(file => file.Path == "padding.json").Sha256}");

        var transfers = new List<HttpResponseMessage>();
        for (var transfer = 0; transfer < 2; transfer++)
            transfers.Add(await _http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead));
        using (var refused = await _http.GetAsync(address))
            Assert.Equal(
                (HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(2)), (refused.StatusCode, refused.Headers.RetryAfter!.Delta));
        using (var listed = await _http.GetAsync(new Uri(server.Address, $"/models/{_digest}")))
            Assert.Equal(HttpStatusCode.OK, listed.StatusCode);

        Assert.Equal(48 << 20, (await transfers[0].Content.ReadAsByteArrayAsync()).Length);
        transfers.ForEach(transfer => transfer.Dispose());
    }

    private Uri Address(string path) => new(_server.Address, $"/models/{path}");

    private Task<PeerServer> ServeAsync(string model) => PeerServer.StartAsync(
        new BlobStore(_folder.File($"blobs-{Guid.NewGuid():N}")), IPAddress.Loopback, configure: null, CancellationToken.None,
        new ServedModel(new ModelLocation(model), _digest, "tiny", _hashes));
}
