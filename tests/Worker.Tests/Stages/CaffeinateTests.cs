using System.Globalization;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Worker.Stages;

namespace MlxVideo.Worker.Tests.Stages;

public sealed class CaffeinateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Runs_while_the_machine_is_to_stay_awake()
    {
        var program = _folder.File("caffeinate");
        var started = _folder.File("started");
        File.WriteAllText(
            program, $"#!/bin/sh\necho \"$$ $@\" > '{started}.partial'\nmv '{started}.partial' '{started}'\nexec sleep 600\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        string[] words;
        using (Caffeinate.Find($"/nowhere{Path.PathSeparator}{_folder.Path}").Hold())
        {
            Assert.True(SpinWait.SpinUntil(() => File.Exists(started), TimeSpan.FromSeconds(30)), "caffeinate was not started.");
            words = File.ReadAllText(started).Split();
            Assert.Equal(["-i", "-w", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)], words[1..4]);
            Assert.True(Directory.Exists($"/proc/{words[0]}") || !Directory.Exists("/proc"));
        }

        Assert.False(Directory.Exists($"/proc/{words[0]}"));
    }

    [Fact]
    public void Machine_without_the_program_is_told_so()
    {
        var ex = Assert.Throws<InvalidConfigurationException>(() => Caffeinate.Find(_folder.Path));
        Assert.StartsWith("--keep-awake uses caffeinate, a program of macOS", ex.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
