using System.Net;
using System.Net.Http.Headers;
using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MlxVideo.Coordinator.Farm;
using MlxVideo.Coordinator.History;
using MlxVideo.Coordinator.Tests.Http;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Requests;
using FarmCommands = MlxVideo.Shared.Commands.FarmCommands;

namespace MlxVideo.Coordinator.Tests.Commands;

/// <summary>The HTTP form of commands: arguments, entity tags, problem details and streams.</summary>
public sealed class CommandApiTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private ApiUnderTest _api = null!;

    public async Task InitializeAsync() => _api = await ApiUnderTest.StartAsync();

    public async Task DisposeAsync() => await _api.DisposeAsync();

    [Theory]
    [InlineData("/api/v1/farm?verbose=1", "'verbose' is unknown: this request has no arguments.")]
    [InlineData("/api/v1/batches?max=1", "'max' is unknown; the arguments are limit, after.")]
    [InlineData("/api/v1/batches?limit=0", "limit: 0 is outside 1 to 1000.")]
    [InlineData("/api/v1/events?limit=1001", "limit: 1001 is outside 1 to 1000.")]
    [InlineData("/api/v1/batches/b1/logs?limit=0", "limit: 0 is outside 1 to 1000.")]
    [InlineData("/api/v1/batches?limit=x", "limit: 'x' is not a whole number.")]
    public async Task Wrong_arguments_are_named(string path, string sentence) =>
        Assert.Equal((HttpStatusCode.BadRequest, sentence), await _api.GetAsync(path));

    [Theory]
    [InlineData("{\"later\":true}", "'later' is unknown; the arguments are now.")]
    [InlineData("[]", "The JSON body must be an object.")]
    [InlineData("{\"now\":\"yes\"}", "The JSON body contains an invalid value.")]
    public async Task Wrong_bodies_are_refused(string json, string sentence)
    {
        using var content = new StringContent(json, new MediaTypeHeaderValue("application/json"));
        var response = await _api.Client.PostAsync(new Uri("/api/v1/workers/mini/drain", UriKind.Relative), content);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal((HttpStatusCode.BadRequest, sentence), await ApiUnderTest.ReadAsync(response));
    }

    [Fact]
    public async Task Known_result_is_not_sent_again()
    {
        var first = await _api.Client.GetAsync(new Uri("/api/v1/farm", UriKind.Relative));
        using var again = new HttpRequestMessage(HttpMethod.Get, "/api/v1/farm") { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
        var second = await _api.Client.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Stream_begins_with_the_present_state()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/farm/events");
        using var response = await _api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.StartsWith("data: {\"workers\":[]", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Followed_request_is_a_stream_and_another_is_not()
    {
        var history = _api.Services.GetRequiredService<FarmHistory>();
        history.Add(new FarmEventView(0, default, FarmEventKind.WorkerJoined, "mini joined"));
        Assert.StartsWith(
            "{\"events\":[{\"id\":1,", await _api.Client.GetStringAsync(new Uri("/api/v1/events", UriKind.Relative)),
            StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events?follow=true");
        using var response = await _api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Contains("\"kind\":\"worker_joined\",\"text\":\"mini joined\"", await reader.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Empty((await reader.ReadLineAsync())!);
        history.Add(new FarmEventView(0, default, FarmEventKind.WorkerLeft, "mini left"));
        Assert.StartsWith("data: {\"id\":2,", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_is_sent_again_only_when_it_has_changed()
    {
        var answers = new Queue<FarmStatus>([new FarmStatus([]), new FarmStatus([]), new FarmStatus([], "full")]);
        var farm = _api.Services.GetRequiredService<ActorSystem>().ActorOf(Props.Create(() => new Answering(answers)));
        await using var api = await ApiUnderTest.StartAsync(options: new ApiUnderTestOptions(() => farm));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/farm/events");
        using var response = await api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Contains("\"problem\":null", await reader.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Empty((await reader.ReadLineAsync())!);
        Assert.Contains("\"problem\":\"full\"", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_does_not_keep_the_coordinator_from_stopping()
    {
        var client = new FarmClient(_api.Client, _api.Client.BaseAddress!).Commands;
        var command = FarmCommands.Of(typeof(WatchFarm));
        await using var items = client.StreamAsync(command, new WatchFarm(), CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await items.MoveNextAsync());
        _api.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        var ex = await Assert.ThrowsAsync<FarmApiException>(() => items.MoveNextAsync().AsTask().WaitAsync(Patience));
        Assert.StartsWith("The connection to the coordinator at ", ex.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusal_of_a_stream_has_a_status() => Assert.Equal(
        (HttpStatusCode.NotFound, "There is no batch 'b9': 'farm list' shows the batches."),
        await _api.GetAsync("/api/v1/batches/b9/events"));

    /// <summary>Answers with the given statuses, the last one again and again.</summary>
    private sealed class Answering : ReceiveActor
    {
        public Answering(Queue<FarmStatus> answers) =>
            Receive<FarmQueries.GetFarm>(_ => Sender.Tell(answers.Count > 1 ? answers.Dequeue() : answers.Peek()));
    }
}
