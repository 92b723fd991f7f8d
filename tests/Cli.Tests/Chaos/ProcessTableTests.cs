using System.Diagnostics;
using MlxVideo.Cli.Chaos.Processes;
using MlxVideo.Cli.Chaos.Verification;

namespace MlxVideo.Cli.Tests.Chaos;

/// <summary>Real processes: a shell that starts another one, which outlives it.</summary>
public sealed class ProcessTableTests : IDisposable
{
    private const string Script = "sleep 60 & echo $!; read line";

    private readonly TemporaryFolder _folder = new();
    private readonly Process _shell;
    private readonly int _child;

    public ProcessTableTests()
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["TMPDIR"] = _folder["farm"];
        _shell = Process.Start(start)!;
        _child = int.Parse(_shell.StandardOutput.ReadLine()!);
    }

    public void Dispose()
    {
        ProcessSignals.Kill(_child);
        _shell.Kill();
        _shell.WaitForExit();
        _shell.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Children_and_descendants_are_found()
    {
        var table = ProcessTable.Read();
        Assert.Contains("sleep", Assert.Single(table.ChildrenOf(_shell.Id), child => child.Id == _child).Command);
        Assert.Contains(table.DescendantsOf(Environment.ProcessId), process => process.Id == _child);
    }

    [Fact]
    public void Child_of_a_running_daemon_is_no_orphan() =>
        Assert.Empty(Orphans.Of(ProcessTable.Read(), _folder["farm"], [_shell.Id]));

    [Fact]
    public void Child_of_a_killed_daemon_is_an_orphan_until_it_ends()
    {
        Assert.True(ProcessSignals.Kill(_shell.Id));
        _shell.WaitForExit();
        Assert.Equal(_child, Assert.Single(Orphans.Of(ProcessTable.Read(), _folder["farm"], [_shell.Id])).Id);
        ProcessSignals.Kill(_child);
        Assert.True(SpinWait.SpinUntil(
            () => Orphans.Of(ProcessTable.Read(), _folder["farm"], [_shell.Id]).Count == 0, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Processes_of_other_farms_are_no_orphans() => Assert.Empty(Orphans.Of(ProcessTable.Read(), _folder["other"], []));
}
