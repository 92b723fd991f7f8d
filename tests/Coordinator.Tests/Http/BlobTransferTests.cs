using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlxVideo.Coordinator.Http;
using MlxVideo.Coordinator.Storage;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Tests.Http;

/// <summary>Interrupted, resumed, concurrent and damaged transfers over real sockets.</summary>
public sealed class BlobTransferTests : IAsyncLifetime
{
    private const int Length = 3 << 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("mlx-video-test-").FullName;
    private readonly HttpClient _http = new();
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(Length);
    private readonly List<string> _ranges = [];
    private int? _abortAfter;
    private BlobStore _store = null!;
    private WebApplication _app = null!;
    private BlobClient _client = null!;
    private BlobRef _blob = null!;
    private string _file = null!;

    private Uri Server => new(_app.Urls.Single());

    private string Target => Path.Combine(_folder, "target");

    public async Task InitializeAsync()
    {
        _file = Path.Combine(_folder, "source");
        await File.WriteAllBytesAsync(_file, _content);
        _blob = BlobRef.OfFile(_file);
        _store = new BlobStore(Path.Combine(_folder, "blobs"));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.Services.AddSingleton(_store).AddSingleton<StorageCondition>().AddBlobs();
        _app = builder.Build();
        _app.UseApiErrors();
        _app.Use(InterruptAsync);
        _app.MapBlobs();
        await _app.StartAsync();
        _client = new BlobClient(_http, Server);
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Interrupted_upload_continues_where_it_ended()
    {
        await SendPartAsync(2 << 20);
        await UntilReceivedAsync(2 << 20);

        Assert.True(await _client.PutAsync(_blob, _file, default));

        Assert.Equal($"bytes {2 << 20}-{Length - 1}/{Length}", Assert.Single(_ranges, range => range.Length > 0));
        Assert.Equal(_content, await File.ReadAllBytesAsync(_store.PathOf(_blob.Digest)));
        Assert.Equal(0, _store.ReceivedBytes(_blob.Digest));
    }

    [Fact]
    public async Task Interrupted_upload_may_start_again()
    {
        await SendPartAsync(1 << 20);
        await UntilReceivedAsync(1 << 20);
        using var response = await PutAsync(0, _content);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal(_content, await File.ReadAllBytesAsync(_store.PathOf(_blob.Digest)));
    }

    [Fact]
    public async Task Upload_from_another_position_is_refused_with_the_right_one()
    {
        await SendPartAsync(1 << 20);
        await UntilReceivedAsync(1 << 20);
        using var response = await PutAsync(2 << 20, _content[(2 << 20)..]);
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal([$"{1 << 20}"], response.Headers.GetValues(BlobHeaders.Received));
    }

    [Theory]
    [InlineData("bytes 0-1/2")]
    [InlineData("bytes 1-9/20")]
    [InlineData("pages 0-19/20")]
    [InlineData("nonsense")]
    public async Task Invalid_content_range_is_refused(string range)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(Server, $"/blobs/{_blob.Digest}"))
        {
            Content = new ByteArrayContent(new byte[20]),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Range", range);
        using var response = await _http.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("Content-Range", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Upload_with_a_damaged_first_part_is_refused_and_then_starts_again()
    {
        await SendPartAsync(1 << 20, damaged: true);
        await UntilReceivedAsync(1 << 20);
        var refusal = await Assert.ThrowsAsync<FarmApiException>(() => _client.PutAsync(_blob, _file, default));
        Assert.Equal(HttpStatusCode.BadRequest, refusal.Status);
        Assert.Equal(0, _store.ReceivedBytes(_blob.Digest));
        Assert.True(await _client.PutAsync(_blob, _file, default));
    }

    [Fact]
    public async Task Concurrent_uploads_of_a_blob_transfer_it_once()
    {
        var uploads = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => PutAsync(0, _content)));
        Assert.Equal(1, uploads.Count(response => response.StatusCode == HttpStatusCode.Created));
        Assert.Equal(5, uploads.Count(response => response.StatusCode == HttpStatusCode.OK));
        foreach (var response in uploads)
            response.Dispose();
        Assert.Equal(_blob, await _store.FindVerifiedAsync(_blob.Digest, default, again: true));
        Assert.Single(Directory.EnumerateFiles(_store.Folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Interrupted_download_continues_where_it_ended()
    {
        await _client.PutAsync(_blob, _file, default);
        _abortAfter = 1 << 20;

        await _client.GetAsync(_blob, Target, default);

        Assert.Equal(_content, await File.ReadAllBytesAsync(Target));
        Assert.Contains(_ranges, range => range.StartsWith("bytes=", StringComparison.Ordinal));
        Assert.Equal(["blobs", "source", "target"], Directory.EnumerateFileSystemEntries(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Download_continues_in_a_later_call_after_a_damaged_part_was_discarded()
    {
        await _client.PutAsync(_blob, _file, default);
        var partial = Path.Combine(_folder, "partial");
        await File.WriteAllBytesAsync(partial, new byte[1 << 20]);
        await _client.GetAsync(_blob, Target, default, partial);
        Assert.Equal(_content, await File.ReadAllBytesAsync(Target));
        Assert.False(File.Exists(partial));
    }

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(Length)]
    public async Task Download_continues_in_a_later_call(int received)
    {
        await _client.PutAsync(_blob, _file, default);
        var partial = Path.Combine(_folder, "partial");
        await File.WriteAllBytesAsync(partial, _content[..received]);
        await _client.GetAsync(_blob, Target, default, partial);
        Assert.Equal(_content, await File.ReadAllBytesAsync(Target));
        string[] expected = received < Length ? [$"bytes={received}-"] : [];
        Assert.Equal(expected, _ranges.Where(range => range.Length > 0));
    }

    [Fact]
    public async Task Damaged_blob_is_not_served_and_can_be_uploaded_again()
    {
        await _client.PutAsync(_blob, _file, default);
        await File.WriteAllBytesAsync(_store.PathOf(_blob.Digest), new byte[Length]);
        var refusal = await Assert.ThrowsAsync<FarmApiException>(() => _client.GetAsync(_blob, Target, default));
        Assert.Equal(HttpStatusCode.NotFound, refusal.Status);
        Assert.True(await _client.PutAsync(_blob, _file, default));
        await _client.GetAsync(_blob, Target, default);
    }

    private async Task<HttpResponseMessage> PutAsync(int offset, byte[] content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(Server, $"/blobs/{_blob.Digest}"))
        {
            Content = new ByteArrayContent(content),
        };
        if (offset > 0)
            request.Content.Headers.ContentRange = new ContentRangeHeaderValue(offset, Length - 1, Length);
        request.Headers.ExpectContinue = true;
        return await _http.SendAsync(request);
    }

    /// <summary>Sends the first bytes of an upload, then drops the connection.</summary>
    private async Task SendPartAsync(int count, bool damaged = false)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, Server.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"PUT /blobs/{_blob.Digest} HTTP/1.1\r\nHost: {Server.Authority}\r\nContent-Length: {Length}\r\n\r\n"));
        await stream.WriteAsync(damaged ? new byte[count] : _content.AsMemory(0, count));
        await UntilAsync(() => _store.ReceivedBytes(_blob.Digest) == count);
    }

    /// <summary>Waits until the server has noticed the end of the connection; only then does it accept the upload's continuation.</summary>
    private Task UntilReceivedAsync(int count) => UntilAsync(() =>
    {
        try
        {
            using var file = new FileStream(
                Path.Combine(_store.Folder, "incoming", $"{_blob.Digest}.partial"), FileMode.Open, FileAccess.Read, FileShare.None);
            return file.Length == count;
        }
        catch (IOException)
        {
            return false; // still open
        }
    });

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (!condition())
            await Task.Delay(10, patience.Token);
    }

    /// <summary>Records ranges, and drops the connection of one download after some bytes.</summary>
    private async Task InterruptAsync(HttpContext context, RequestDelegate next)
    {
        lock (_ranges)
            _ranges.Add($"{context.Request.Headers.ContentRange}{context.Request.Headers.Range}");
        if (_abortAfter is not { } count || !HttpMethods.IsGet(context.Request.Method))
        {
            await next(context);
            return;
        }

        _abortAfter = null;
        context.Response.ContentLength = Length;
        await context.Response.Body.WriteAsync(_content.AsMemory(0, count));
        await context.Response.Body.FlushAsync();
        context.Abort();
    }
}
