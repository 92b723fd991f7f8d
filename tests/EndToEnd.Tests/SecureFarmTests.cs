using MlxVideo.Cli.LocalFarms;
using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Security;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>A farm with certificates: real processes on an address that other machines can reach.</summary>
public sealed class SecureFarmTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    private readonly SecureFarm _farm = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _farm.DisposeAsync();

    [OtherAddressFact]
    public async Task Worker_enrolled_by_token_renders_a_clip_over_tls_until_it_is_revoked()
    {
        await StartCoordinatorAsync();
        Assert.StartsWith("https://", _farm.Api, StringComparison.Ordinal);
        var worker = StartWorker("worker-1", await _farm.NewLineAsync());
        await worker.ReadyAsync(CancellationToken.None).WaitAsync(Patience);

        var csv = _farm.Folder.Write("rows.csv", "prompt,width,height,num_frames\na fox,256,256,17\n");
        (await _farm.FarmAsync("submit", csv, "--wait", "--output", _farm.Folder["clips"])).AssertDone();
        Assert.Single(Directory.EnumerateFiles(_farm.Folder["clips"], "*.mp4"));

        // Later starts need no token.
        await Signals.TerminateAsync(worker.ProcessId);
        await _farm.EndAsync(worker);
        var again = StartWorker("worker-1", await _farm.NewLineAsync(), withToken: false);
        await again.ReadyAsync(CancellationToken.None).WaitAsync(Patience);

        (await _farm.FarmAsync("revoke", "worker-1")).AssertDone();
        await again.Exited.WaitAsync(Patience);
        Assert.Contains("was revoked", again.ExitReason());
        Assert.Contains("no workers", (await _farm.FarmAsync("status")).Output);
    }

    [OtherAddressFact]
    public async Task Unusable_tokens_and_addresses_without_certificates_are_refused_with_one_sentence()
    {
        var plain = _farm.Start("Coordinator", "plain", "--listen", $"{OtherAddressFactAttribute.Address}", "--cluster-port", "0");
        await plain.Exited.WaitAsync(Patience);
        Assert.Contains("farm init", plain.ExitReason());

        await StartCoordinatorAsync();
        var line = await _farm.NewLineAsync();
        await StartWorker("worker-1", line).ReadyAsync(CancellationToken.None).WaitAsync(Patience);
        await AssertEndsAsync(StartWorker("worker-2", line), "already used");
        await AssertEndsAsync(StartWorker("worker-3", line with { Token = line.Token[..^4] }), "incomplete or mistyped");
        var stranger = FarmToken.ForJoining(new byte[Fingerprint.Length], new Uri(_farm.Api).Port).ToString();
        await AssertEndsAsync(StartWorker("worker-4", line with { Token = stranger }), "not the coordinator of the token's farm");
        await AssertEndsAsync(StartWorker("worker-5", line, withToken: false), "needs a certificate");

        (await _farm.FarmAsync(["status", "--token", stranger])).AssertFailed(ExitCodes.BadInput, "not an operator's token");
        var other = FarmToken.ForOperator(FarmToken.ParseJoin(line.Token).Authority).ToString();
        (await _farm.FarmAsync(["status", "--token", other])).AssertFailed(ExitCodes.Failed, "not valid in this farm");
    }

    [Fact]
    public async Task Certificate_is_renewed_during_a_batch()
    {
        await _farm.StartCoordinatorAsync("127.0.0.1", new Dictionary<string, string>
        {
            ["Coordinator:Tls"] = "On",
            ["Coordinator:CertificateLifetime"] = "00:00:20",
        });
        var worker = StartWorker("worker-1", await _farm.NewLineAsync());
        await worker.ReadyAsync(CancellationToken.None).WaitAsync(Patience);
        var first = await File.ReadAllTextAsync(IdentityFile("worker-1"));
        var rows = string.Concat(Enumerable.Range(1, 4).Select(row => $"clip {row},256,256,65\n"));
        var csv = _farm.Folder.Write("rows.csv", $"prompt,width,height,num_frames\n{rows}");
        var batch = _farm.FarmAsync("submit", csv, "--wait", "--output", _farm.Folder["clips"]);
        await UntilChangedAsync(IdentityFile("worker-1"), first);
        (await batch).AssertDone();
        Assert.Equal(4, Directory.EnumerateFiles(_farm.Folder["clips"], "*.mp4").Count());
        Assert.False(worker.Exited.IsCompleted);
    }

    /// <summary>Polls, because a replaced file raises different events on different systems.</summary>
    private static async Task UntilChangedAsync(string file, string content)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (await File.ReadAllTextAsync(file) == content)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, "The certificate was not renewed.");
            await Task.Delay(Glance);
        }
    }

    private string IdentityFile(string name) => _farm.Folder[$"{name}/data/{SecurityFolder.Name}/worker.pem"];

    private async Task AssertEndsAsync(Daemon worker, string words)
    {
        await worker.Exited.WaitAsync(Patience);
        Assert.Contains(words, worker.ExitReason());
        Assert.DoesNotContain("Exception", worker.ExitReason());
    }

    private Task StartCoordinatorAsync() => _farm.StartCoordinatorAsync($"{OtherAddressFactAttribute.Address}");

    private Daemon StartWorker(string name, JoinLine line, bool withToken = true) => _farm.StartWorker(name, model.Folder, line, withToken);
}
