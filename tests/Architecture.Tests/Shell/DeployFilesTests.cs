using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using MlxVideo.Cli.Tests;
using MlxVideo.Coordinator.Hosting;
using MlxVideo.Worker.Hosting;

namespace MlxVideo.Architecture.Tests.Shell;

/// <summary>The service files that the installation uses.</summary>
public sealed class DeployFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string Deploy => Path.Combine(Repository.Root, "deploy");

    [Theory]
    [InlineData("worker")]
    [InlineData("coordinator")]
    public void Daemon_has_more_time_to_stop_than_it_may_need(string role)
    {
        var needed = role == "worker"
            ? new WorkerOptions().DrainTimeout + new WorkerOptions().EngineStopTimeout
            : new CoordinatorOptions().ShutdownTimeout;
        var launchd = int.Parse(Value(role, "ExitTimeOut").Value, CultureInfo.InvariantCulture);
        var unit = File.ReadAllText(Path.Combine(Deploy, "systemd", $"mlx-video-{role}.service"));
        var limit = Regex.Match(unit, @"^TimeoutStopSec=(\d+)$", RegexOptions.Multiline).Groups[1].Value;
        var systemd = int.Parse(limit, CultureInfo.InvariantCulture);
        Assert.True(TimeSpan.FromSeconds(launchd) > needed, $"launchd kills the {role} after {launchd} s.");
        Assert.True(TimeSpan.FromSeconds(systemd) > needed, $"systemd kills the {role} after {systemd} s.");
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("coordinator")]
    public void Daemon_is_started_again_only_after_a_failure(string role)
    {
        var keepAlive = Value(role, "KeepAlive");
        Assert.Equal(("SuccessfulExit", "false"), (keepAlive.Element("key")!.Value, keepAlive.Elements().Last().Name.LocalName));
        var unit = File.ReadAllLines(Path.Combine(Deploy, "systemd", $"mlx-video-{role}.service"));
        Assert.Contains("Restart=on-failure", unit);
        Assert.Contains("RestartPreventExitStatus=2", unit);
    }

    [SkippableFact]
    public async Task Systemd_accepts_the_units()
    {
        var verifier = new[] { "/usr/bin/systemd-analyze", "/bin/systemd-analyze" }.FirstOrDefault(File.Exists);
        Skip.If(verifier is null, "systemd is not installed.");
        foreach (var role in new[] { "worker", "coordinator" })
        {
            var unit = await File.ReadAllTextAsync(Path.Combine(Deploy, "systemd", $"mlx-video-{role}.service"));
            // The program of the unit is not installed here.
            var file = _folder.Write($"mlx-video-{role}.service", Regex.Replace(unit, "(?m)^ExecStart=\\S+", "ExecStart=/bin/sh"));
            var result = await ShellScriptTests.RunAsync(verifier, "verify", file);
            Assert.DoesNotContain($"mlx-video-{role}.service", result!.Value.Output);
        }
    }

    [Fact]
    public async Task Large_log_is_emptied_in_place_and_the_oldest_copy_is_dropped()
    {
        var log = _folder["worker.log"];
        for (var run = 1; run <= 7; run++)
        {
            _folder.Write("worker.log", $"run {run}\n");
            Assert.Equal((0, ""), await ShellScriptTests.RunAsync(Path.Combine(Deploy, "lib", "rotate-log.sh"), log, "4"));
            Assert.Equal("", await File.ReadAllTextAsync(log));
        }

        Assert.Equal(
            ["worker.log", "worker.log.1.gz", "worker.log.2.gz", "worker.log.3.gz", "worker.log.4.gz", "worker.log.5.gz"],
            Directory.EnumerateFiles(_folder.Path).Select(Path.GetFileName).Order());
        Assert.Equal((0, "run 7\n"), await ShellScriptTests.RunAsync("gzip", "-dc", $"{log}.1.gz"));
        Assert.Equal((0, "run 3\n"), await ShellScriptTests.RunAsync("gzip", "-dc", $"{log}.5.gz"));
    }

    [Fact]
    public async Task Small_log_is_left_alone()
    {
        var log = _folder.Write("worker.log", "ready worker\n");
        Assert.Equal((0, ""), await ShellScriptTests.RunAsync(Path.Combine(Deploy, "lib", "rotate-log.sh"), log));
        Assert.Equal("ready worker\n", await File.ReadAllTextAsync(log));
        Assert.Single(Directory.EnumerateFiles(_folder.Path));
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    /// <summary>Returns the value of a key of a daemon's property list.</summary>
    private static XElement Value(string role, string key)
    {
        var plist = XDocument.Load(Path.Combine(Deploy, "launchd", $"org.mlxvideo.{role}.plist"));
        return plist.Descendants("key").Single(element => element.Value == key).ElementsAfterSelf().First();
    }
}
