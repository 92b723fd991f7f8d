using System.Globalization;
using System.Text.RegularExpressions;

namespace MlxVideo.Cluster.Discovery;

/// <summary>The program <c>dns-sd</c> of macOS.</summary>
/// <param name="program">Its path.</param>
internal sealed partial class DnsSdProgram(string program) : MdnsProgram
{
    private const string Domain = "local";

    /// <summary>Prints the records of all services in the form of a zone file.</summary>
    public override IReadOnlyList<string> BrowseCommand => [program, "-Z", FarmAdvertisement.ServiceType, Domain];

    /// <inheritdoc/>
    public override IReadOnlyList<string> RegisterCommand(string name, FarmAdvertisement farm, string version) =>
    [
        program, "-R", name, FarmAdvertisement.ServiceType, Domain, farm.Cluster.Port.ToString(CultureInfo.InvariantCulture),
        .. farm.ToTxt(version),
    ];

    /// <summary>Reads pairs of lines <c>NAME SRV 0 0 4053 studio.local. ; comment</c> and <c>NAME TXT "api=8080" "version=1"</c>.</summary>
    public override IEnumerable<FarmAdvertisement> Read(string output)
    {
        var ports = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in output.Split('\n'))
        {
            if (PortPattern().Match(line) is { Success: true } srv)
                ports[srv.Groups["name"].Value] = int.Parse(srv.Groups["port"].Value, CultureInfo.InvariantCulture);
            else if (TxtPattern().Match(line) is { Success: true } txt && ports.TryGetValue(txt.Groups["name"].Value, out var port)
                && FarmAdvertisement.TryRead(port, Quoted(txt.Groups["strings"].Value)) is { } farm)
                yield return farm;
        }
    }

    [GeneratedRegex(@"^(?<name>\S+)\s+SRV\s+\d+ \d+ (?<port>[0-9]{1,5}) ")]
    private static partial Regex PortPattern();

    [GeneratedRegex(@"^(?<name>\S+)\s+TXT\s+(?<strings>"".*)$")]
    private static partial Regex TxtPattern();
}
