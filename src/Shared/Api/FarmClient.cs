using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using MlxVideo.Shared.Json;

namespace MlxVideo.Shared.Api;

/// <summary>Client of a coordinator's HTTP API. Refusals and connection failures throw <see cref="FarmApiException"/>.</summary>
public sealed class FarmClient(HttpClient http, Uri api)
{
    // Longer than the API's maximum wait. A network failure does not close connections.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(60);

    /// <summary>The blob store at the same address.</summary>
    public BlobClient Blobs { get; } = new(http, api);

    public async Task<BatchCreated> SubmitAsync(SubmitBatch batch, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(batch, FarmJson.Options);
        if (json.Length > SubmitBatch.MaxBytes)
            throw new FarmApiException(
                $"The batch is {json.Length} bytes of JSON, over the limit of {SubmitBatch.MaxBytes}: split it into several batches.");
        var content = new ByteArrayContent(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(api, "/api/batches")) { Content = content };
        return await ReadAsync<BatchCreated>(request, cancellationToken);
    }

    /// <summary>Returns all batches.</summary>
    public Task<BatchList> GetBatchesAsync(CancellationToken cancellationToken) =>
        ReadAsync<BatchList>(new HttpRequestMessage(HttpMethod.Get, new Uri(api, "/api/batches")), cancellationToken);

    /// <summary>Returns a batch; with <paramref name="after"/>, waits up to 20 s for a newer version.</summary>
    public Task<BatchView> GetBatchAsync(string id, long? after, CancellationToken cancellationToken) =>
        ReadAsync<BatchView>(
            new HttpRequestMessage(
                HttpMethod.Get, new Uri(api, after is null ? $"/api/batches/{id}" : $"/api/batches/{id}?version={after}&wait=20")),
                    cancellationToken);

    /// <summary>Cancels the unfinished clips of a batch.</summary>
    public Task<BatchView> CancelAsync(string id, CancellationToken cancellationToken) =>
        ReadAsync<BatchView>(new HttpRequestMessage(HttpMethod.Post, new Uri(api, $"/api/batches/{id}/cancel")), cancellationToken);

    /// <summary>Returns the status of the farm.</summary>
    public Task<FarmStatus> GetFarmAsync(CancellationToken cancellationToken) =>
        ReadAsync<FarmStatus>(new HttpRequestMessage(HttpMethod.Get, new Uri(api, "/api/farm")), cancellationToken);

    private async Task<T> ReadAsync<T>(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(AnswerTimeout);
        try
        {
            using var response = await FarmApiException.GuardAsync(api, () => http.SendAsync(request, timeout.Token));
            await FarmApiException.ThrowIfRefusedAsync(api, response, timeout.Token);
            return await response.Content.ReadFromJsonAsync<T>(FarmJson.Options, timeout.Token)
                ?? throw new FarmApiException($"The coordinator at {api} sent an empty response.");
        }
        catch (OperationCanceledException ex) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FarmApiException(
                $"The coordinator at {api} did not respond within {AnswerTimeout.TotalSeconds:0} s.", new TimeoutException(ex.Message, ex));
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
}
