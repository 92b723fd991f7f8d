using System.Net;
using System.Net.Sockets;

namespace MlxVideo.Coordinator.Security;

/// <summary>The machine that a connection comes from, as counted by limits.</summary>
internal static class HttpSource
{
    private const int NetworkBytes = 8;

    /// <summary>Returns the IPv4 address, or the /64 network of an IPv6 address, within which a machine can choose any address.</summary>
    public static string Of(IPAddress? address)
    {
        if (address is null)
            return "unknown";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address))
            return address.ToString();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
