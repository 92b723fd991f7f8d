using MlxVideo.Cli;
using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>A network outage at a worker on another host during a batch.</summary>
public sealed class NetworkOutageTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>
{
    private static readonly TimeSpan RejoinLimit = TimeSpan.FromSeconds(30);

    [VirtualNetworkFact]
    public async Task Batch_and_client_survive_a_network_outage()
    {
        using var folder = new TemporaryFolder();
        using var network = VirtualNetwork.TryCreate()!;
        await using var farm = await FarmUnderTest.StartWithoutWorkersAsync("--listen", network.NearAddress, "--trusted-network");
        var host = network.Hosts[0];
        host.StartWorker("worker-1", folder["worker-1"], farm.ClusterAddress, model.Folder);
        await farm.UntilWorkersAsync("worker-1");
        var csv = folder.Write(
            "rows.csv",
            $"prompt,width,height,num_frames\n{string.Concat(Enumerable.Range(1, 6).Select(row => $"clip {row},256,256,65\n"))}");
        using var client = CliProcess.Start(
            new Dictionary<string, string?>(), "farm", "submit", csv, "--api", farm.Api.ToString(), "--wait", "--output", folder["clips"]);
        await client.WaitForOutputAsync("on worker-1");

        host.Disconnect();
        await farm.UntilWorkersAsync();
        host.Connect();

        Assert.InRange(await farm.UntilWorkersAsync("worker-1"), TimeSpan.Zero, RejoinLimit);
        (await client.WaitForResultAsync()).AssertDone();
        Assert.Equal(6, Directory.EnumerateFiles(folder["clips"], "*.mp4").Count());
        Assert.True(host.IsWorkerRunning);
    }
}
