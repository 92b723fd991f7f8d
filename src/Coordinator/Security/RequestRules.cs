using System.Net;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace MlxVideo.Coordinator.Security;

/// <summary>Rules for every request, independent of its sender.</summary>
internal static class RequestRules
{
    /// <summary>Checks a request.</summary>
    /// <returns>The status and a sentence for a refusal; null when the request is allowed.</returns>
    public static (int Status, string Reason)? FindFault(HttpContext context)
    {
        var request = context.Request;
        if (!StringValues.IsNullOrEmpty(request.Headers.ContentEncoding))
            return (StatusCodes.Status415UnsupportedMediaType, "Compressed bodies are not accepted.");
        // A web page of another site can make a browser on this machine send requests here, also under its own host name (DNS rebinding).
        if (context.Connection.LocalIpAddress is { } local && IPAddress.IsLoopback(local) && !IsLoopback(request.Host))
            return (StatusCodes.Status403Forbidden,
                $"The host '{Shorten(request.Host.Host)}' is not this machine: use 127.0.0.1 or localhost as the address.");
        var origin = request.Headers.Origin.ToString();
        return origin.Length == 0 || origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase)
            ? null
            : (StatusCodes.Status403Forbidden, $"Requests of other sites are not accepted, and this is one of {Shorten(origin)}.");
    }

    private static bool IsLoopback(HostString host) =>
        host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Host, out var address) && IPAddress.IsLoopback(address));

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..60] + "…";
}
