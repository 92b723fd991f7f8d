using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MlxVideo.Cluster.Discovery;

/// <summary>
/// What a coordinator says about itself in the local network by mDNS. It is only a hint where to look: any machine can send one, and the
/// farm is recognised by its certificate.
/// </summary>
/// <param name="Cluster">The coordinator's cluster address.</param>
/// <param name="ApiPort">TCP port of the coordinator's API.</param>
/// <param name="Farm">SHA-256 of the farm's certificate authority in hexadecimal; null for a farm without certificates.</param>
public sealed record FarmAdvertisement(IPEndPoint Cluster, int ApiPort, string? Farm)
{
    /// <summary>The type of the service.</summary>
    public const string ServiceType = "_mlx-video._tcp";

    private const string AddressKey = "address";
    private const string ApiKey = "api";
    private const string FarmKey = "farm";
    private const string VersionKey = "version";

    private const int MaxStrings = 32;

    /// <summary>Returns the strings of the service's TXT record; the cluster port is part of its SRV record.</summary>
    /// <param name="version">Version of the program, for people who look at the record.</param>
    public IReadOnlyList<string> ToTxt(string version)
    {
        var api = string.Create(CultureInfo.InvariantCulture, $"{ApiKey}={ApiPort}");
        string[] farm = Farm is null ? [] : [$"{FarmKey}={Farm}"];
        // The address is that of the cluster node, which must be known exactly; the machine's host name may have several addresses.
        return [$"{AddressKey}={Cluster.Address}", api, .. farm, $"{VersionKey}={version}"];
    }

    /// <summary>Reads the records of a service; null unless they describe a coordinator.</summary>
    /// <param name="port">The port of its SRV record.</param>
    /// <param name="txt">The strings of its TXT record.</param>
    public static FarmAdvertisement? TryRead(int port, IEnumerable<string> txt)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in txt.Take(MaxStrings).Select(each => each.Split('=', 2)).Where(pair => pair.Length == 2))
            values.TryAdd(pair[0], pair[1]); // the first of equal keys counts (RFC 6763, section 6.4)
        var farm = values.GetValueOrDefault(FarmKey);
        return IsPort(port) && Address(values) is { } address && Port(values) is { } api && (farm is null || IsDigest(farm))
            ? new FarmAdvertisement(new IPEndPoint(address, port), api, farm?.ToLowerInvariant())
            : null;
    }

    /// <summary>Returns the address if it can be one of a single machine, and means the same machine everywhere.</summary>
    private static IPAddress? Address(Dictionary<string, string> values) =>
        values.TryGetValue(AddressKey, out var text) && IPAddress.TryParse(text, out var address)
        && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) && !address.Equals(IPAddress.Broadcast)
        && !address.IsIPv6Multicast && !address.IsIPv6LinkLocal
        && (address.AddressFamily != AddressFamily.InterNetwork || address.GetAddressBytes()[0] < 224)
            ? address
            : null;

    private static int? Port(Dictionary<string, string> values) =>
        values.TryGetValue(ApiKey, out var text)
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && IsPort(port)
            ? port
            : null;

    private static bool IsPort(int port) => port is > 0 and <= IPEndPoint.MaxPort;

    private static bool IsDigest(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigit);
}
