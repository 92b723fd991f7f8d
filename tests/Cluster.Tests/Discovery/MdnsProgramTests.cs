using System.Net;
using MlxVideo.Cluster.Discovery;

namespace MlxVideo.Cluster.Tests.Discovery;

/// <summary>The output of the systems' programs, as they print it.</summary>
public sealed class MdnsProgramTests
{
    private const string Farm = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Fact]
    public void Avahi_prints_resolved_services_line_by_line() => Assert.Equal(
        ["10.214.9.11:4053 8080 -", $"10.214.9.12:4053 8081 {Farm}"],
        Read(new AvahiPrograms("publish", "browse"), $$"""
            +;eth0;IPv4;My\032farm\059\032x;_mlx-video._tcp;local
            =;eth0;IPv4;My\032farm\059\032x;_mlx-video._tcp;local;ph1.local;10.214.9.11;4053;"x=a\"b;c" "api=8080" "address=10.214.9.11"
            =;eth0;IPv6;other;_mlx-video._tcp;local;ph2.local;fe80::1;4053;"farm={{Farm}}" "address=10.214.9.12" "api=8081" "version=1.0.0"
            =;eth0;IPv4;no\032farm;_mlx-video._tcp;local;ph3.local;10.214.9.13;4053;
            =;eth0;IPv4;no\032port;_mlx-video._tcp;local;ph3.local;10.214.9.13;99999999999;"api=8080" "address=10.214.9.13"
            Got SIGTERM, quitting.
            """));

    [Fact]
    public void DnsSd_prints_the_records_of_a_zone_file() => Assert.Equal(
        ["192.168.1.10:4053 8080 -", $"192.168.1.11:4054 8081 {Farm}"],
        Read(new DnsSdProgram("dns-sd"), $"""
            Browsing for _mlx-video._tcp.local
            DATE: ---Wed 09 Sep 2026---
            18:24:48.641  ...STARTING...

            ; To direct clients to browse a different domain, substitute that domain in place of '@'
            lb._dns-sd._udp                                 PTR     @

            ; In the list of services below, the SRV records will typically reference dot-local Multicast DNS names.

            _mlx-video._tcp                                 PTR     mlx-video\032studio._mlx-video._tcp
            mlx-video\032studio._mlx-video._tcp             SRV     0 0 4053 studio.local. ; Replace with unicast FQDN of target host
            mlx-video\032studio._mlx-video._tcp             TXT     "x=a\"b\\c" "address=192.168.1.10" "api=8080" "version=1.0.0"

            _mlx-video._tcp                                 PTR     mini._mlx-video._tcp
            mini._mlx-video._tcp                            SRV     0 0 4054 mini.local. ; Replace with unicast FQDN of target host
            mini._mlx-video._tcp                            TXT     "address=192.168.1.11" "api=8081" "farm={Farm}"
            without-port._mlx-video._tcp                    TXT     "address=192.168.1.12" "api=8080"
            """));

    [Fact]
    public void Records_are_registered_as_arguments()
    {
        var farm = new FarmAdvertisement(new IPEndPoint(IPAddress.Parse("10.0.0.1"), 4053), 8080, Farm);
        string[] records = ["4053", "address=10.0.0.1", "api=8080", $"farm={Farm}", "version=1.0.0"];
        Assert.Equal(
            ["dns-sd", "-R", "studio", "_mlx-video._tcp", "local", .. records],
            new DnsSdProgram("dns-sd").RegisterCommand("studio", farm, "1.0.0"));
        Assert.Equal(
            ["publish", "studio", "_mlx-video._tcp", .. records],
            new AvahiPrograms("publish", "browse").RegisterCommand("studio", farm, "1.0.0"));
    }

    private static IEnumerable<string> Read(MdnsProgram program, string output) =>
        program.Read(output).Select(farm => $"{farm.Cluster} {farm.ApiPort} {farm.Farm ?? "-"}");
}
