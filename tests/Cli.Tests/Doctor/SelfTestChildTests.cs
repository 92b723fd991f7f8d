using System.Diagnostics;
using MlxVideo.Cli.Files;

namespace MlxVideo.Cli.Tests.Doctor;

/// <summary>The child process of the self-test.</summary>
public sealed class SelfTestChildTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Child_ends_with_its_parent_even_if_an_operation_hangs()
    {
        var start = new ProcessStartInfo(
            Installation.Dotnet, [typeof(CommandLine).Assembly.Location, "self-test-child", "cpu", "float32", "plain"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["MLXVIDEO_SELFTEST_BREAK"] = "index-select-int32:hang";
        using var child = Process.Start(start)!;
        try
        {
            string? line;
            do
                line = await child.StandardOutput.ReadLineAsync().WaitAsync(Patience);
            while (line?.Contains("\"started\":\"index-select-int32\"", StringComparison.Ordinal) == false);
            Assert.NotNull(line);

            child.StandardInput.Close(); // as the system does when the parent is killed
            await child.WaitForExitAsync().WaitAsync(Patience);
            Assert.NotEqual(0, child.ExitCode);
        }
        finally
        {
            if (!child.HasExited)
                child.Kill();
        }
    }
}
