using System.Net;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Cluster.Discovery;
using MlxVideo.Worker.Hosting;

namespace MlxVideo.Worker.Tests.Hosting;

/// <summary>The choice among the coordinators in the local network.</summary>
public sealed class CoordinatorDiscoveryTests
{
    private static readonly string Own = new('a', 64);
    private static readonly string Foreign = new('b', 64);

    [Fact]
    public void Coordinator_of_the_workers_farm_is_chosen_among_others() =>
        Assert.Equal("10.0.0.2:4053", Choose(Own, At("10.0.0.1", Foreign), At("10.0.0.2", Own), At("10.0.0.3", null)));

    [Fact]
    public void Coordinator_that_was_found_twice_is_one() =>
        Assert.Equal("10.0.0.2:4053", Choose(Own, At("10.0.0.2", Own), At("10.0.0.2", Own) with { ApiPort = 1 }));

    [Fact]
    public void Farm_without_certificates_is_joined_only_on_loopback_or_on_a_trusted_network()
    {
        Assert.Equal("127.0.0.1:4053", Choose(null, At("127.0.0.1", null), At("10.0.0.1", null)));
        var farm = At("10.0.0.1", null);
        Assert.Equal("10.0.0.1:4053", CoordinatorDiscovery.Choose([farm, At("10.0.0.2", Own)], farm: null, isTrusted: true).ToString());
        Assert.Contains(
            "needs a token", Assert.Throws<InvalidConfigurationException>(() => Choose(null, farm)).Message, StringComparison.Ordinal);
        Assert.Contains("None of the", Assert.Throws<IOException>(() => Choose(Own, farm)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_coordinators_are_listed_as_options()
    {
        var fault = Assert.Throws<IOException>(() => Choose(Own, At("10.0.0.1", Own), At("fd00::2", Own), At("10.0.0.3", Foreign)));
        Assert.EndsWith("\n  --join 10.0.0.1:4053\n  --join [fd00::2]:4053", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_token_the_coordinators_are_listed_with_it()
    {
        var fault = Assert.Throws<InvalidConfigurationException>(() => Choose(null, At("10.0.0.1", Own)));
        Assert.EndsWith("\n  --join 10.0.0.1:4053 --token TOKEN", fault.Message, StringComparison.Ordinal);
        var many = Enumerable.Range(1, 200).Select(number => At($"10.0.0.{number}", Own)).ToArray();
        Assert.InRange(Assert.Throws<InvalidConfigurationException>(() => Choose(null, many)).Message.Split('\n').Length, 2, 11);
    }

    [Fact]
    public void Empty_network_is_reported_with_the_remedies() =>
        Assert.Contains("add --join", Assert.Throws<IOException>(() => Choose(Own)).Message, StringComparison.Ordinal);

    private static string Choose(string? farm, params FarmAdvertisement[] found) =>
        CoordinatorDiscovery.Choose(found, farm, isTrusted: false).ToString();

    private static FarmAdvertisement At(string address, string? farm) => new(new IPEndPoint(IPAddress.Parse(address), 4053), 8080, farm);
}
