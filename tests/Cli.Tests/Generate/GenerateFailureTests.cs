using System.Runtime.Versioning;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Tests.Generate;

/// <summary>Failures of programs that <c>generate</c> runs.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class GenerateFailureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Failing_and_talkative_ffmpeg_ends_generate_with_exit_code_1_and_no_file()
    {
        var programs = Directory.CreateDirectory(_folder["programs"]);
        foreach (var name in new[] { "ffmpeg", "ffprobe" })
        {
            // More than a pipe holds, so that a program that does not read it would wait forever.
            var script = _folder.Write(
                Path.Combine(programs.Name, name),
                "#!/bin/sh\n[ \"$1\" = -version ] && exit 0\nyes 'frame dropped' | head -c 1000000 >&2\nexit 1\n");
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var path = $"{programs.FullName}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";
        var run = await CliProcess.RunAsync(
            new Dictionary<string, string?> { ["PATH"] = path },
            "generate", "-p", "fox", "-W", "64", "-H", "64", "-n", "9", "-o", _folder["clips/clip.mp4"]);
        run.AssertFailed(ExitCodes.Failed, "ffmpeg failed to encode");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["clips"]));
    }

    public void Dispose() => _folder.Dispose();
}
