using System.Globalization;

namespace MlxVideo.Cluster.Discovery;

/// <summary>Avahi's command-line programs, which need a running avahi-daemon.</summary>
/// <param name="publish">Path of <c>avahi-publish-service</c>.</param>
/// <param name="browse">Path of <c>avahi-browse</c>.</param>
internal sealed class AvahiPrograms(string publish, string browse) : MdnsProgram
{
    private const char Separator = ';';
    private const int PortField = 8;
    private const int TxtField = 9;

    /// <inheritdoc/>
    public override IReadOnlyList<string> BrowseCommand =>
        [browse, "--parsable", "--resolve", "--no-db-lookup", FarmAdvertisement.ServiceType];

    /// <inheritdoc/>
    public override IReadOnlyList<string> RegisterCommand(string name, FarmAdvertisement farm, string version) =>
    [
        publish, name, FarmAdvertisement.ServiceType, farm.Cluster.Port.ToString(CultureInfo.InvariantCulture), .. farm.ToTxt(version),
    ];

    /// <summary>
    /// Reads lines such as <c>=;eth0;IPv4;mlx-video\032studio;_mlx-video._tcp;local;studio.local;192.168.1.10;4053;"api=8080"</c>; other
    /// fields than the last contain no separator.
    /// </summary>
    public override IEnumerable<FarmAdvertisement> Read(string output) =>
        from line in output.Split('\n')
        let fields = line.Split(Separator, TxtField + 1)
        where fields.Length == TxtField + 1 && fields[0] == "="
        where int.TryParse(fields[PortField], NumberStyles.None, CultureInfo.InvariantCulture, out _)
        let farm = FarmAdvertisement.TryRead(int.Parse(fields[PortField], CultureInfo.InvariantCulture), Quoted(fields[TxtField]))
        where farm is not null
        select farm;
}
