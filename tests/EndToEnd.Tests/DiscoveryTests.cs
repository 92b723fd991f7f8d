using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>A worker that is not told the coordinator's address: two hosts with mDNS responders of their own.</summary>
public sealed class DiscoveryTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>
{
    [AvahiFact]
    public async Task Worker_with_only_a_token_finds_the_coordinator_in_its_network()
    {
        using var folder = new TemporaryFolder();
        using var network = VirtualNetwork.TryCreate()!;
        var environment = new Dictionary<string, string?> { ["XDG_CONFIG_HOME"] = folder["config"], ["HOME"] = folder["home"] };
        (await CliProcess.RunAsync(environment, "farm", "init", "--data", folder["coordinator"])).AssertDone();
        using var coordinator = AvahiHost.Start(
            network.Hosts[0], "Coordinator", "--listen", network.Hosts[0].Address, "--data", folder["coordinator"]);
        var ready = (await coordinator.UntilReadyAsync())[^1];
        Assert.Contains($"cluster={network.Hosts[0].Address}:4053", ready);
        var line = await CliProcess.RunAsync(environment, "farm", "token", "--api", ready.Split("http=")[1]);
        line.AssertDone();
        var token = line.Output.Split(' ').SkipWhile(word => word != "--token").ElementAt(1);

        using var worker = AvahiHost.Start(
            network.AddHost(), "Worker", "--token", token, "--data", folder["worker"], "--model", model.Folder, "--name", "worker-1");
        Assert.Contains($"Found the coordinator at {network.Hosts[0].Address}:4053 in the local network.", await worker.UntilReadyAsync());
    }
}
