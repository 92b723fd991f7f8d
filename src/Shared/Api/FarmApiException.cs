using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace MlxVideo.Shared.Api;

/// <summary>A coordinator that can't be reached or refused a request: the message says which and why.</summary>
public sealed class FarmApiException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>True when the coordinator could not be reached or the connection broke, so that nothing is known of the request.</summary>
    public bool IsUnreachable => InnerException is HttpRequestException or SocketException;

    /// <summary>Runs a request and turns failed connections into this exception.</summary>
    public static async Task<HttpResponseMessage> Guard(Uri api, Func<Task<HttpResponseMessage>> send)
    {
        try
        {
            return await send();
        }
        catch (Exception fault) when (fault is HttpRequestException or SocketException)
        {
            throw new FarmApiException($"The coordinator at {api} can't be reached ({fault.Message}). Is it running, and is --api its address?", fault);
        }
    }

    /// <summary>Throws with the body's sentence unless the response is a success.</summary>
    public static async Task ThrowIfRefused(Uri api, HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.IsSuccessStatusCode)
            return;
        string? reason = null;
        try
        {
            reason = (await response.Content.ReadFromJsonAsync<ApiError>(FarmJson.Options, cancellation))?.Error;
        }
        catch (JsonException)
        {
            // Not one of ours, a proxy's page perhaps: the status says enough.
        }

        throw new FarmApiException(reason ?? $"The coordinator at {api} answered {(int)response.StatusCode} {response.ReasonPhrase}.");
    }
}
