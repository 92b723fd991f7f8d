using System.Net;
using MlxVideo.Cluster.Discovery;

namespace MlxVideo.Cluster.Tests.Discovery;

/// <summary>The TXT record of a coordinator, which any machine in the network can send.</summary>
public sealed class FarmAdvertisementTests
{
    private const string Farm = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("192.168.1.10", Farm)]
    [InlineData("fd00::10", Farm)]
    [InlineData("127.0.0.1", null)]
    public void Record_is_read_as_it_was_written(string address, string? farm)
    {
        var advertisement = new FarmAdvertisement(new IPEndPoint(IPAddress.Parse(address), 4053), 8080, farm);
        Assert.Equal(advertisement, FarmAdvertisement.TryRead(4053, advertisement.ToTxt("1.2.3")));
    }

    [Fact]
    public void First_of_equal_keys_counts_whatever_their_case() =>
        Assert.Equal(
            "10.0.0.1:4053",
            FarmAdvertisement.TryRead(4053, ["ADDRESS=10.0.0.1", "address=10.0.0.2", "api=8080"])?.Cluster.ToString());

    [Theory]
    [InlineData(0, "address=10.0.0.1", "api=8080")]
    [InlineData(70_000, "address=10.0.0.1", "api=8080")]
    [InlineData(4053, "address=10.0.0.1")]
    [InlineData(4053, "address=10.0.0.1", "api=0")]
    [InlineData(4053, "address=10.0.0.1", "api=+8080")]
    [InlineData(4053, "address=10.0.0.1", "api=99999999999")]
    [InlineData(4053, "api=8080")]
    [InlineData(4053, "address=studio.local", "api=8080")]
    [InlineData(4053, "address=0.0.0.0", "api=8080")]
    [InlineData(4053, "address=::", "api=8080")]
    [InlineData(4053, "address=224.0.0.251", "api=8080")]
    [InlineData(4053, "address=255.255.255.255", "api=8080")]
    [InlineData(4053, "address=ff02::fb", "api=8080")]
    [InlineData(4053, "address=fe80::1%1", "api=8080")]
    [InlineData(4053, "address=10.0.0.1", "api=8080", "farm=")]
    [InlineData(4053, "address=10.0.0.1", "api=8080", "farm=0123")]
    [InlineData(4053, "address=10.0.0.1", "api=8080", "farm=" + Farm + "00")]
    [InlineData(4053)]
    public void Other_records_are_ignored(int port, params string[] txt) => Assert.Null(FarmAdvertisement.TryRead(port, txt));

    [Fact]
    public void Number_of_strings_is_limited() =>
        Assert.Null(FarmAdvertisement.TryRead(4053, [.. Enumerable.Repeat("x=y", 1000), "address=10.0.0.1", "api=8080"]));
}
