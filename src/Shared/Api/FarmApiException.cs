using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using MlxVideo.Shared.Json;

namespace MlxVideo.Shared.Api;

/// <summary>A coordinator that can't be reached or refused a request: the message says which and why.</summary>
/// <param name="message">The sentence for the user.</param>
/// <param name="inner">The cause.</param>
/// <param name="status">The status of a refusal; null when there was no answer.</param>
public sealed class FarmApiException(string message, Exception? inner = null, HttpStatusCode? status = null) : Exception(message, inner)
{
    /// <summary>The status of a refusal; null when there was no answer.</summary>
    public HttpStatusCode? Status { get; } = status;

    /// <summary>True when the coordinator could not be reached or the connection broke, so that nothing is known of the request.</summary>
    public bool IsUnreachable => InnerException is HttpRequestException or SocketException or IOException or TimeoutException;

    /// <summary>True when the same request may succeed later: the coordinator is out of reach, or says that it is busy.</summary>
    public bool IsTransient => IsUnreachable || Status is HttpStatusCode.ServiceUnavailable;

    /// <summary>True when the coordinator has no room just now: the same request can succeed later.</summary>
    public bool IsStorageFull => Status == HttpStatusCode.InsufficientStorage;

    /// <summary>True when the coordinator failed, or lacks an artefact that it named itself: the client did nothing wrong.</summary>
    public bool IsCoordinatorFailure => Status is >= HttpStatusCode.InternalServerError or HttpStatusCode.NotFound;

    /// <summary>Runs a request and turns failed connections into this exception.</summary>
    public static async Task<HttpResponseMessage> Guard(Uri api, Func<Task<HttpResponseMessage>> send)
    {
        try
        {
            return await send();
        }
        catch (Exception ex) when (ex is HttpRequestException or SocketException)
        {
            throw new FarmApiException(
                $"The coordinator at {api} can't be reached ({ex.Message}). Is it running, and is --api its address?", ex);
        }
    }

    /// <summary>Throws with the body's sentence unless the response is a success.</summary>
    public static async Task ThrowIfRefused(Uri api, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
            return;
        string? reason = null;
        try
        {
            reason = (await response.Content.ReadFromJsonAsync<ApiError>(FarmJson.Options, cancellationToken))?.Error;
        }
        catch (JsonException)
        {
            // Not one of ours, a proxy's page perhaps: the status says enough.
        }

        throw new FarmApiException(
            reason ?? $"The coordinator at {api} answered {(int)response.StatusCode} {response.ReasonPhrase}.",
            status: response.StatusCode);
    }
}
