using System.Buffers;
using System.Net.ServerSentEvents;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Net.Http.Headers;
using MlxVideo.Coordinator.Commands;
using MlxVideo.Coordinator.Http.OpenApi;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Json;

namespace MlxVideo.Coordinator.Http;

/// <summary>The HTTP form of the farm's commands: one endpoint per command, with the paths of <see cref="FarmCommands"/>.</summary>
internal static class CommandEndpoints
{
    /// <summary>Maps all commands.</summary>
    public static void MapCommands(this IEndpointRouteBuilder routes)
    {
        foreach (var command in FarmCommands.All)
        {
            var endpoint = routes.MapMethods(
                    command.Path, [command.Method], (HttpContext context, CommandHandlers handlers) => RunAsync(command, context, handlers))
                .WithMetadata(command, new CommandOperation(command));
            if (command.MaxBytes > 0)
                endpoint.WithMetadata(new BodyLimit(command.MaxBytes));
        }
    }

    private static async Task RunAsync(FarmCommand command, HttpContext context, CommandHandlers handlers)
    {
        var request = await CommandRequests.ReadAsync(command, context.Request);
        if (command.IsStreamOf(request))
            await StreamAsync(handlers.StreamAsync(request, context.RequestAborted), context);
        else
            await SendAsync(command, await handlers.ExecuteAsync(request, context.RequestAborted), context);
    }

    /// <summary>Sends a result. Its hash is the entity tag: a client that has the same result gets only the status 304.</summary>
    private static async Task SendAsync(FarmCommand command, object result, HttpContext context)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(result, command.ResultType, FarmJson.Options);
        if (result is BatchCreated created)
        {
            context.Response.StatusCode = StatusCodes.Status201Created;
            context.Response.Headers.Location = $"{command.Path}/{created.Id}";
        }

        if (HttpMethods.IsGet(command.Method))
        {
            var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(json))[..32]}\"");
            context.Response.GetTypedHeaders().ETag = tag;
            if (context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false)))
            {
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = json.Length;
        await context.Response.Body.WriteAsync(json, context.RequestAborted);
    }

    /// <summary>
    /// Sends a stream as server-sent events. The first item is awaited for some time: until then, a refusal has a status of its own. While
    /// there is nothing to send, heartbeats prove that the connection still exists. It is cut when the coordinator stops, which would
    /// otherwise wait for streams without an end.
    /// </summary>
    private static async Task StreamAsync(IAsyncEnumerable<object> items, HttpContext context)
    {
        var lifetime = context.RequestServices.GetRequiredService<IHostApplicationLifetime>();
        await using var stopping = lifetime.ApplicationStopping.Register(context.Abort);
        var time = context.RequestServices.GetRequiredService<TimeProvider>();
        await using var each = items.GetAsyncEnumerator(context.RequestAborted);
        var next = each.MoveNextAsync().AsTask();
        try
        {
            await IsReadyAsync();
            if (next.IsFaulted)
                await next;
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await SseFormatter.WriteAsync(
                EventsAsync(), context.Response.Body, (item, writer) => writer.Write(item.Data is null ? [] : Serialize(item.Data)),
                context.RequestAborted);
        }
        finally
        {
            // An enumerator must not be disposed of while it moves.
            if (!next.IsCompleted)
                context.Abort();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task<bool> IsReadyAsync() =>
            await Task.WhenAny(next, Task.Delay(StreamHeartbeat.Interval, time, context.RequestAborted)) == next;

        async IAsyncEnumerable<SseItem<object?>> EventsAsync()
        {
            while (true)
            {
                while (!await IsReadyAsync())
                {
                    context.RequestAborted.ThrowIfCancellationRequested();
                    yield return new SseItem<object?>(null, StreamHeartbeat.EventType);
                }

                if (!await next)
                    yield break;
                yield return new SseItem<object?>(each.Current);
                next = each.MoveNextAsync().AsTask();
            }
        }
    }

    private static byte[] Serialize(object item) => JsonSerializer.SerializeToUtf8Bytes(item, item.GetType(), FarmJson.Options);

    private sealed record BodyLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
