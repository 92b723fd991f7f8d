using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Json;

namespace MlxVideo.Shared.Commands;

/// <summary>Sends farm commands to a coordinator. Refusals and connection failures throw <see cref="FarmApiException"/>.</summary>
public sealed class FarmCommandClient(HttpClient http, Uri api)
{
    // Longer than the API's maximum wait. A network failure does not close connections.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Sends a request and returns its result.</summary>
    public async Task<TResult> ExecuteAsync<TResult>(IFarmRequest<TResult> request, CancellationToken cancellationToken) =>
        (TResult)await ExecuteAsync(FarmCommands.Of(request.GetType()), request, cancellationToken);

    /// <summary>Sends a request of any command that has no stream, and returns its result.</summary>
    public async Task<object> ExecuteAsync(FarmCommand command, object request, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(AnswerTimeout);
        try
        {
            using var message = MessageOf(command, request, "application/json");
            using var response = await FarmApiException.GuardAsync(api, () => http.SendAsync(message, timeout.Token));
            return await ConvertAsync(async () =>
            {
                await FarmApiException.ThrowIfRefusedAsync(api, response, timeout.Token);
                return await response.Content.ReadFromJsonAsync(command.ResultType, FarmJson.Options, timeout.Token);
            }) ?? throw new FarmApiException($"The coordinator at {api} sent an empty response.");
        }
        catch (OperationCanceledException ex) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FarmApiException(
                $"The coordinator at {api} did not respond within {AnswerTimeout.TotalSeconds:0} s.", new TimeoutException(ex.Message, ex));
        }
    }

    /// <summary>Sends a request with a stream of results.</summary>
    public async IAsyncEnumerable<object> StreamAsync(
        FarmCommand command, object request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var message = MessageOf(command, request, "text/event-stream");
        using var response = await FarmApiException.GuardAsync(
            api, () => http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken));
        await ConvertAsync(async () =>
        {
            await FarmApiException.ThrowIfRefusedAsync(api, response, cancellationToken);
            return true;
        });
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        await using var items = SseParser.Create(
                body, (type, data) => type == StreamHeartbeat.EventType
                    ? null
                    : JsonSerializer.Deserialize(data, command.ItemType!, FarmJson.Options))
            .EnumerateAsync(silence.Token).GetAsyncEnumerator(silence.Token);
        while (await ConvertAsync(() => NextAsync(items, silence, cancellationToken)))
        {
            if (items.Current.Data is { } item)
                yield return item;
        }
    }

    /// <summary>Waits for the next event; the coordinator sends heartbeats while it has nothing else to send.</summary>
    private static async Task<bool> NextAsync(
        IAsyncEnumerator<SseItem<object?>> items, CancellationTokenSource silence, CancellationToken cancellationToken)
    {
        silence.CancelAfter(StreamHeartbeat.Timeout);
        try
        {
            var hasNext = await items.MoveNextAsync();
            silence.CancelAfter(Timeout.InfiniteTimeSpan); // the consumer may take its time
            return hasNext;
        }
        catch (OperationCanceledException ex) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"nothing was received for {StreamHeartbeat.Timeout.TotalSeconds:0} s", ex);
        }
    }

    /// <summary>Converts a lost connection and an unusable response to <see cref="FarmApiException"/>.</summary>
    private async Task<T> ConvertAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception ex) when (ex is IOException or HttpRequestException)
        {
            throw new FarmApiException($"The connection to the coordinator at {api} was lost ({ex.Message}).", ex);
        }
        catch (JsonException ex)
        {
            throw new FarmApiException(
                $"The response from {api} can't be parsed ({ex.Message}). Check that it is the address of a coordinator of this version.",
                ex);
        }
    }

    private HttpRequestMessage MessageOf(FarmCommand command, object request, string accept)
    {
        var path = command.Path;
        var others = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var argument in command.Arguments)
        {
            var value = command.ValueOf(request, argument);
            if (command.IsInPath(argument))
                path = path.Replace($"{{{argument.Name}}}", Uri.EscapeDataString(TextOf(value)), StringComparison.Ordinal);
            else if (value is not null && !value.Equals(argument.Default))
                others.Add(argument.Name, value);
        }

        if (!command.HasBody && others.Count > 0)
            path += "?" + string.Join('&', others.Select(other => $"{other.Key}={Uri.EscapeDataString(TextOf(other.Value))}"));
        var message = new HttpRequestMessage(new HttpMethod(command.Method), new Uri(api, path));
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
        if (command.HasBody)
            message.Content = BodyOf(command, others);
        return message;
    }

    private static ByteArrayContent BodyOf(FarmCommand command, Dictionary<string, object?> arguments)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(arguments, FarmJson.Options);
        if (command.MaxBytes > 0 && json.Length > command.MaxBytes)
            throw new FarmApiException(
                $"The batch is {json.Length} bytes of JSON, over the limit of {command.MaxBytes}: split it into several batches.");
        return new ByteArrayContent(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
    }

    private static string TextOf(object? value) => value switch
    {
        DateTimeOffset time => time.ToString("O", CultureInfo.InvariantCulture),
        IReadOnlyList<string> list => string.Join(',', list),
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
