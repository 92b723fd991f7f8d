using System.Diagnostics;
using MlxVideo.Cli.LocalFarms;

namespace MlxVideo.Cli.Tests.LocalFarms;

public sealed class LaunchConditionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Writes_beyond_the_file_limit_fail_without_killing_the_process()
    {
        var limited = new LaunchConditions(new Dictionary<string, string?>(), MaxFileBlocks: 8);
        Assert.Equal((0, 4096), Write(limited, bytes: 4096));
        var (exitCode, length) = Write(limited, bytes: 8192);
        Assert.Equal((1, 4096), (exitCode, length));
    }

    [Fact]
    public void Variables_are_set_and_removed()
    {
        var conditions = new LaunchConditions(new Dictionary<string, string?> { ["MLXVIDEO_TEST"] = "set", ["HOME"] = null });
        var start = conditions.StartInfo(["/bin/sh", "-c", "test \"$MLXVIDEO_TEST\" = set && test -z \"$HOME\""]);
        using var process = Process.Start(start)!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public void Additional_conditions_take_precedence_and_keep_the_others()
    {
        var conditions = new LaunchConditions(new Dictionary<string, string?> { ["A"] = "1", ["B"] = "1" }, MaxFileBlocks: 8)
            .With(new LaunchConditions(new Dictionary<string, string?> { ["B"] = null, ["C"] = "2" }));
        Assert.Equal(new Dictionary<string, string?> { ["A"] = "1", ["B"] = null, ["C"] = "2" }, conditions.Environment);
        Assert.Equal(8, conditions.MaxFileBlocks);
        Assert.Equal(16, conditions.With(LaunchConditions.None with { MaxFileBlocks = 16 }).MaxFileBlocks);
    }

    private (int ExitCode, long Length) Write(LaunchConditions conditions, int bytes)
    {
        var file = _folder["file"];
        var start = conditions.StartInfo(["dd", "if=/dev/zero", $"of={file}", $"bs={bytes}", "count=1"]);
        start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, new FileInfo(file).Length);
    }
}
