using MlxVideo.Cli.LocalFarms;
using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>Closing the terminal, Ctrl-C and SIGTERM leave nothing behind.</summary>
public sealed class SignalTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("HUP", 129, "denoise-1")]
    [InlineData("HUP", 129, "mux")]
    [InlineData("INT", 130, "mux")]
    [InlineData("TERM", 143, "decode-video-0")]
    public async Task Interrupted_generate_leaves_no_files(string signal, int exitCode, string stageId)
    {
        using var program = CliProcess.Start(Environment(), Arguments());
        await program.WaitForOutputAsync($"] {stageId}");
        await Signals.SendAsync(signal, program.Id);
        (await program.WaitForResultAsync()).AssertFailed(exitCode, "Interrupted.");
        AssertNothingLeft();
    }

    [Fact]
    public async Task Nohup_is_honoured()
    {
        using var program = CliProcess.StartAfter("trap '' HUP", Environment(), Arguments());
        await program.WaitForOutputAsync("] denoise-1");
        await Signals.SendAsync("HUP", program.Id);
        (await program.WaitForResultAsync()).AssertDone();
        Assert.Equal(
            ["clip.mp4", "clip.mp4.json"], Directory.EnumerateFileSystemEntries(_folder["output"]).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("HUP", 129)]
    [InlineData("TERM", 143)]
    public async Task Simulation_ends_immediately_on_a_signal(string signal, int exitCode)
    {
        using var program = CliProcess.StartInShell("exec \"$@\" 2>&1", Environment(), "simulate", "--clips", "500", "--seeds", "500");
        await program.WaitForOutputAsync("simulating");
        await Signals.SendAsync(signal, program.Id);
        Assert.Equal(exitCode, (await program.WaitForResultAsync()).ExitCode);
    }

    [Fact]
    public async Task Closed_output_pipe_is_not_an_error()
    {
        foreach (
            var arguments in new string[][] { ["--help"], ["generate", "--help"], ["simulate", "--clips", "2", "--seeds", "1"],
                ["generate", "--width", "63"] })
        {
            using var program = CliProcess.StartInShell("\"$@\" | head -n 1", Environment(), arguments);
            var ended = await program.WaitForResultAsync();
            Assert.DoesNotContain("   at ", ended.Error);
            Assert.DoesNotContain("xception", ended.Error);
        }
    }

    [Theory]
    [InlineData("HUP")]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Daemons_exit_cleanly_on_a_signal(string signal)
    {
        await using var coordinator =
            Daemon.Start("Coordinator", "coordinator", _folder["coordinator"], "--cluster-port", "0", "--http-port", "0");
        var ready = await coordinator.ReadyAsync(CancellationToken.None).WaitAsync(Patience);
        await using var worker = Daemon.Start(
            "Worker", "worker-1", _folder["worker"], "--join", ready["cluster"], "--name", "worker-1", "--model", model.Folder);
        await worker.ReadyAsync(CancellationToken.None).WaitAsync(Patience);
        foreach (var daemon in new[] { worker, coordinator })
        {
            await Signals.SendAsync(signal, daemon.ProcessId);
            await daemon.Exited.WaitAsync(Patience);
            Assert.StartsWith($"{daemon.Name} ended with exit code 0", daemon.ExitReason(), StringComparison.Ordinal);
        }
    }

    public void Dispose() => _folder.Dispose();

    private string[] Arguments() =>
    [
        "generate", "--prompt", "a river", "--width", "384", "--height", "384", "--num-frames", "97", "--output",
        _folder["output/clip.mp4"], "--model", model.Folder,
    ];

    private Dictionary<string, string?> Environment() => new()
    {
        ["TMPDIR"] = Directory.CreateDirectory(_folder["tmp"]).FullName,
        ["DOTNET_EnableDiagnostics"] = "0",
    };

    private void AssertNothingLeft()
    {
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["tmp"]));
        Assert.True(!Directory.Exists(_folder["output"]) || !Directory.EnumerateFileSystemEntries(_folder["output"]).Any());
    }
}
