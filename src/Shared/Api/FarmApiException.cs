using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using MlxVideo.Shared.Json;

namespace MlxVideo.Shared.Api;

/// <summary>An unreachable coordinator or a refused request. The message names the coordinator or the reason for the refusal.</summary>
/// <param name="message">The message for the user.</param>
/// <param name="inner">The cause.</param>
/// <param name="status">HTTP status of the refusal; null when there was no response.</param>
public sealed class FarmApiException(string message, Exception? inner = null, HttpStatusCode? status = null) : Exception(message, inner)
{
    /// <summary>HTTP status of the refusal; null when there was no response.</summary>
    public HttpStatusCode? Status { get; } = status;

    /// <summary>True when a blob arrived with another hash.</summary>
    public bool IsDamagedBlob { get; init; }

    /// <summary>True when the coordinator could not be reached or the connection was lost; the outcome of the request is unknown.</summary>
    public bool IsUnreachable => InnerException is HttpRequestException or SocketException or IOException or TimeoutException;

    /// <summary>True when a retry may succeed: the coordinator is unreachable or reports that it is busy.</summary>
    public bool IsTransient => IsUnreachable || Status is HttpStatusCode.ServiceUnavailable;

    /// <summary>True when the coordinator is temporarily out of disk space: a retry may succeed.</summary>
    public bool IsStorageFull => Status == HttpStatusCode.InsufficientStorage;

    /// <summary>True when the coordinator failed, or lacks an artefact that it referred to: the client is not at fault.</summary>
    public bool IsCoordinatorFailure => Status is >= HttpStatusCode.InternalServerError or HttpStatusCode.NotFound;

    /// <summary>Sends a request and converts connection failures to this exception.</summary>
    public static async Task<HttpResponseMessage> GuardAsync(Uri api, Func<Task<HttpResponseMessage>> send)
    {
        try
        {
            return await send();
        }
        catch (HttpRequestException ex) when (ex.InnerException is AuthenticationException tls)
        {
            throw new FarmApiException(
                $"No encrypted connection to {api} is possible ({tls.Message.TrimEnd('.')}): it is not the coordinator of this farm, or it "
                    + "uses plain http.", tls);
        }
        catch (HttpRequestException ex) when (ex.HttpRequestError == HttpRequestError.ResponseEnded && api.Scheme == Uri.UriSchemeHttp)
        {
            throw new FarmApiException(
                $"The server at {api} closed the connection without a response: if the farm has certificates, use --api with https.", ex);
        }
        catch (Exception ex) when (ex is HttpRequestException or SocketException)
        {
            throw new FarmApiException(
                $"The coordinator at {api} can't be reached ({ex.Message}). Check that it is running and that --api is its address.", ex);
        }
    }

    /// <summary>Throws an exception with the error message of the response unless it indicates success.</summary>
    public static async Task ThrowIfRefusedAsync(Uri api, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
            return;
        string? reason = null;
        try
        {
            reason = (await response.Content.ReadFromJsonAsync<ApiProblem>(FarmJson.Options, cancellationToken))?.Detail;
        }
        catch (JsonException)
        {
            // Not a farm response, perhaps a proxy's page: the status is used instead.
        }

        throw new FarmApiException(
            reason ?? $"The coordinator at {api} responded with {(int)response.StatusCode} {response.ReasonPhrase}.",
            status: response.StatusCode);
    }
}
