using MlxVideo.Cli.LocalFarms;
using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>Daemons started with a data folder that is in use.</summary>
public sealed class DataFolderLockTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Second_daemon_is_refused_and_a_killed_daemon_leaves_no_lock()
    {
        await using var first = StartCoordinator();
        await first.ReadyAsync(CancellationToken.None).WaitAsync(Patience);
        await AssertRefusedAsync(first, StartCoordinator());
        await AssertRefusedAsync(
            first, Daemon.Start("Worker", "worker", _folder["coordinator"], "--join", "127.0.0.1:1", "--model", _folder["none"]));

        await Signals.KillAsync(first.ProcessId);
        await first.Exited;
        await using var next = StartCoordinator();
        await next.ReadyAsync(CancellationToken.None).WaitAsync(Patience);
    }

    private static async Task AssertRefusedAsync(Daemon first, Daemon second)
    {
        await using (second)
        {
            await second.Exited.WaitAsync(Patience);
            var lastWords = second.ExitReason();
            Assert.Contains("exit code 2: The data folder ", lastWords);
            Assert.Contains($"is in use by the coordinator '{Environment.MachineName}' (process {first.ProcessId} on ", lastWords);
        }
    }

    private Daemon StartCoordinator() =>
        Daemon.Start("Coordinator", "coordinator", _folder["coordinator"], "--cluster-port", "0", "--http-port", "0");
}
