using System.Net.Sockets;
using MlxVideo.Worker.Hosting;

namespace MlxVideo.Worker.Tests.Hosting;

public sealed class JoinAddressTests
{
    [Theory]
    [InlineData("192.168.1.10:4053", "192.168.1.10", 4053)]
    [InlineData("192.168.1.10", "192.168.1.10", 4053)]
    [InlineData("studio.local:9000", "studio.local", 9000)]
    [InlineData("Annas-Mac-mini.local", "Annas-Mac-mini.local", 4053)]
    [InlineData("localhost:1", "localhost", 1)]
    [InlineData("[::1]:4053", "::1", 4053)]
    [InlineData("[fe80::1]", "fe80::1", 4053)]
    [InlineData("fe80::1", "fe80::1", 4053)]
    public void Host_and_port_are_parsed(string text, string host, int port) =>
        Assert.Equal(new JoinAddress(host, port), JoinAddress.Parse(text));

    [Theory]
    [InlineData("http://192.168.1.10:4053", "not a URL")]
    [InlineData("192.168.1.10/24", "not a URL")]
    [InlineData("", "the host is missing")]
    [InlineData(":4053", "the host is missing")]
    [InlineData("studio:", "is not a port")]
    [InlineData("studio:0", "is not a port")]
    [InlineData("studio:65536", "is not a port")]
    [InlineData("studio:4,053", "is not a port")]
    [InlineData("studio mac:4053", "is not a host name")]
    [InlineData("[::1:4053", "is not a host name")]
    public void Invalid_address_is_refused_with_a_reason(string text, string reason)
    {
        var ex = Assert.Throws<FormatException>(() => JoinAddress.Parse(text));
        Assert.Contains(reason, ex.Message, StringComparison.Ordinal);
        Assert.Contains("HOST:PORT", ex.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_name_resolves_with_IPv4_addresses_first()
    {
        var addresses = await JoinAddress.Parse("localhost:4053").ResolveAsync(CancellationToken.None);
        Assert.Equal("127.0.0.1:4053", addresses[0].ToString());
        Assert.All(addresses.Skip(1), address =>
            Assert.Contains(address.AddressFamily, new[] { AddressFamily.InterNetwork, AddressFamily.InterNetworkV6 }));
    }

    [Fact]
    public async Task Unknown_host_is_named()
    {
        var ex = await Assert.ThrowsAsync<IOException>(
            () => JoinAddress.Parse("no-such-host.invalid").ResolveAsync(CancellationToken.None));
        Assert.Contains("no-such-host.invalid", ex.Message, StringComparison.Ordinal);
    }
}
