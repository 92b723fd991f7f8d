using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MlxVideo.Worker.Hosting;

/// <summary>The coordinator's cluster address as given to a worker: an IP address or host name, and a port.</summary>
/// <param name="Host">Host name, or IP address without brackets.</param>
/// <param name="Port">TCP port.</param>
public sealed record JoinAddress(string Host, int Port)
{
    /// <summary>The coordinator's default cluster port.</summary>
    public const int DefaultPort = 4053;

    /// <summary>Parses <c>HOST</c>, <c>HOST:PORT</c> or <c>[IPV6]:PORT</c>; an IPv6 address without a port needs no brackets.</summary>
    /// <exception cref="FormatException">The text is invalid; the message is a sentence for the user.</exception>
    public static JoinAddress Parse(string text)
    {
        if (text.Contains("://", StringComparison.Ordinal) || text.Contains('/', StringComparison.Ordinal))
            throw Invalid(text, "a host is expected, not a URL (workers join on the cluster port, not the HTTP port)");
        if (IPAddress.TryParse(text, out var bare) && bare.AddressFamily == AddressFamily.InterNetworkV6 && !text.StartsWith('['))
            return new JoinAddress(text, DefaultPort);
        var colon = text.LastIndexOf(':');
        var hasPort = colon >= 0 && !text.EndsWith(']');
        var host = (hasPort ? text[..colon] : text) is ['[', .. var inner, ']'] ? inner : hasPort ? text[..colon] : text;
        if (host.Contains(':', StringComparison.Ordinal)
            ? !IPAddress.TryParse(host, out _)
            : Uri.CheckHostName(host) == UriHostNameType.Unknown)
            throw Invalid(text, host.Length == 0 ? "the host is missing" : $"'{host}' is not a host name or IP address");
        if (!hasPort)
            return new JoinAddress(host, DefaultPort);
        return int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0
            and <= IPEndPoint.MaxPort
            ? new JoinAddress(host, port)
            : throw Invalid(text, $"'{text[(colon + 1)..]}' is not a port from 1 to {IPEndPoint.MaxPort}");
    }

    /// <summary>
    /// Returns the IP addresses of the host, IPv4 first. Cluster addresses are compared as text, so the name must be resolved to the
    /// address that the coordinator listens on.
    /// </summary>
    /// <exception cref="IOException">The name can't be resolved.</exception>
    public async Task<IReadOnlyList<IPEndPoint>> ResolveAsync(CancellationToken cancellationToken)
    {
        try
        {
            var addresses = IPAddress.TryParse(Host, out var address)
                ? [address]
                : await Dns.GetHostAddressesAsync(Host, cancellationToken);
            if (addresses.Length > 0)
                return addresses.OrderBy(each => each.AddressFamily == AddressFamily.InterNetworkV6)
                    .Select(each => new IPEndPoint(each, Port)).ToList();
        }
        catch (SocketException ex)
        {
            throw new IOException(
                $"The --join host '{Host}' can't be resolved ({ex.Message}). Check the name, or use the coordinator's IP address.", ex);
        }

        throw new IOException($"The --join host '{Host}' has no IP address; use the coordinator's IP address.");
    }

    /// <inheritdoc/>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    private static FormatException Invalid(string text, string reason) =>
        new($"--join {text}: {reason}; specify the coordinator's address as HOST:PORT, such as studio.local:{DefaultPort}.");
}
