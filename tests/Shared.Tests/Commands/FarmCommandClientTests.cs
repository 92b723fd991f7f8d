using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Requests;

namespace MlxVideo.Shared.Tests.Commands;

public sealed class FarmCommandClientTests
{
    private static readonly Uri Api = new("http://127.0.0.1:8080");

    [Fact]
    public async Task Lost_connection_of_a_stream_is_one_sentence()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync("data: {\"workers\":[]}\n\n"u8.ToArray());
        using var http = new HttpClient(new OneResponse(pipe.Reader.AsStream()));
        await using var items = new FarmCommandClient(http, Api)
            .StreamAsync(FarmCommands.Of(typeof(WatchFarm)), new WatchFarm(), CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await items.MoveNextAsync());
        Assert.Empty(((FarmStatus)items.Current).Workers);

        await pipe.Writer.CompleteAsync(new IOException("Connection reset by peer."));
        var ex = await Assert.ThrowsAsync<FarmApiException>(async () => await items.MoveNextAsync());
        Assert.Equal("The connection to the coordinator at http://127.0.0.1:8080/ was lost (Connection reset by peer.).", ex.Message);
        Assert.True(ex.IsTransient);
    }

    [Fact]
    public async Task Heartbeats_of_a_stream_are_not_items()
    {
        var text = "event: heartbeat\ndata: \n\ndata: {\"workers\":[]}\n\nevent: heartbeat\ndata: \n\n"u8.ToArray();
        using var http = new HttpClient(new OneResponse(new MemoryStream(text)));
        var items = new List<object>();
        await foreach (var item in new FarmCommandClient(http, Api).StreamAsync(
            FarmCommands.Of(typeof(WatchFarm)), new WatchFarm(), CancellationToken.None))
            items.Add(item);
        Assert.IsType<FarmStatus>(Assert.Single(items));
    }

    [Fact]
    public async Task Stream_that_is_not_of_a_coordinator_is_one_sentence()
    {
        using var http = new HttpClient(new OneResponse(new MemoryStream("data: <html>\n\n"u8.ToArray())));
        await using var items = new FarmCommandClient(http, Api)
            .StreamAsync(FarmCommands.Of(typeof(WatchFarm)), new WatchFarm(), CancellationToken.None).GetAsyncEnumerator();
        var ex = await Assert.ThrowsAsync<FarmApiException>(async () => await items.MoveNextAsync());
        Assert.StartsWith("The response from http://127.0.0.1:8080/ can't be parsed", ex.Message, StringComparison.Ordinal);
    }

    private sealed class OneResponse(Stream body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StreamContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("text/event-stream") } },
            });
    }
}
