using System.Net;
using MlxVideo.Cluster.Hosting;

namespace MlxVideo.Cluster.Tests.Hosting;

public sealed class ListenRuleTests
{
    [Theory]
    [InlineData("127.0.0.1", false, true, false)]
    [InlineData("::1", false, true, false)]
    [InlineData("192.168.1.10", false, false, false)]
    [InlineData("0.0.0.0", false, false, false)]
    [InlineData("192.168.1.10", true, true, true)]
    public void Other_addresses_than_loopback_need_certificates_or_a_trusted_network(
        string address, bool trusted, bool allowed, bool warned)
    {
        using var warnings = new StringWriter();
        Assert.Equal(allowed, ListenRule.AllowsPlainText(IPAddress.Parse(address), trusted, warnings));
        Assert.Equal(warned, warnings.ToString().Contains($"every machine that reaches {address} can", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("localhost", false)]
    [InlineData("192.168.1.10:80", false)]
    public void Host_names_and_ports_are_no_addresses(string listen, bool isValid) =>
        Assert.Equal(isValid, ListenRule.Check(listen) is null);
}
