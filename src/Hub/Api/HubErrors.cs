using System.Net;
using MlxVideo.Hub.Repositories;

namespace MlxVideo.Hub.Api;

/// <summary>The hub's error answers, as sentences that name the page where the user can resolve them.</summary>
internal static class HubErrors
{
    private const string CodeHeader = "X-Error-Code";

    /// <summary>Returns the exception for an answer with an error status.</summary>
    public static Exception Of(HttpResponseMessage response, HubEnvironment environment, RepositoryId repository)
    {
        var code = response.Headers.TryGetValues(CodeHeader, out var values) ? values.FirstOrDefault() : null;
        var page = $"{environment.Endpoint}/{repository}";
        return (response.StatusCode, code) switch
        {
            (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, "GatedRepo") => new HubException(
                $"{repository} is gated: sign in and accept its licence at {page}, then run the command again with a token of that account "
                    + $"({TokenHint(environment)})."),
            (HttpStatusCode.Unauthorized, _) => new HubException(environment.Token is null
                ? $"{repository} does not exist or is private: check the name, or set a token ({TokenHint(environment)})."
                : $"The hub does not accept the token for {repository}: check the name, or create another token "
                    + $"({TokenHint(environment)})."),
            (HttpStatusCode.Forbidden, _) => new HubException(
                $"The token does not allow reading {repository}: see {page}, and give the token read access to it "
                    + $"({TokenHint(environment)})."),
            (HttpStatusCode.NotFound, "RevisionNotFound") => new HubException(
                $"{repository} has no such revision; {page} lists its branches and tags."),
            (HttpStatusCode.NotFound, _) => new HubException(
                $"{response.RequestMessage?.RequestUri} does not exist; check the name at {page}."),
            (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable, _) => new HubBusyException(
                $"The hub is busy ({(int)response.StatusCode})", PauseOf(response)),
            (HttpStatusCode.RequestedRangeNotSatisfiable, _) => new UnsatisfiableRangeException(),
            ( >= HttpStatusCode.InternalServerError, _) => new HttpRequestException(
                $"The hub failed with status {(int)response.StatusCode}", inner: null, response.StatusCode),
            _ => new HubException(
                $"The hub answered with status {(int)response.StatusCode} to {response.RequestMessage?.RequestUri}; see {page}."),
        };
    }

    private static string TokenHint(HubEnvironment environment) =>
        $"HF_TOKEN, or the file 'token' in HF_HOME; tokens are created at {environment.Endpoint}/settings/tokens";

    private static TimeSpan? PauseOf(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } pause } => pause,
        { Date: { } date } when response.Headers.Date is { } now && date > now => date - now,
        _ => null,
    };
}

/// <summary>The hub asks to come back later (429 or 503).</summary>
/// <param name="pause">The pause that the hub asks for; null when it names none.</param>
public sealed class HubBusyException(string message, TimeSpan? pause) : HttpRequestException(message)
{
    public TimeSpan? Pause => pause;
}

/// <summary>A download can't go on at a byte, because the partial file is longer than the content (416).</summary>
internal sealed class UnsatisfiableRangeException() : HttpRequestException("The partial file does not match the file on the hub");
