using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace MlxVideo.EndToEnd.Tests.Processes;

/// <summary>A test that needs an address of this machine other than loopback; skipped with a reason where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OtherAddressFactAttribute : FactAttribute
{
    public OtherAddressFactAttribute()
    {
        if (Address is null)
            Skip = "This machine has no IPv4 address other than loopback.";
    }

    /// <summary>The address; null when there is none.</summary>
    public static IPAddress? Address { get; } = NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus == OperationalStatus.Up)
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .Select(unicast => unicast.Address)
        .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));
}
