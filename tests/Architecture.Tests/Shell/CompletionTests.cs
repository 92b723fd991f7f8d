using MlxVideo.Cli.Tests;

namespace MlxVideo.Architecture.Tests.Shell;

/// <summary>The completion scripts in their shells, with the launcher and the built programs.</summary>
public sealed class CompletionTests
{
    private const string Line = "./mlx-video farm wor";

    private static readonly string Launcher = Path.Combine(Repository.Root, "mlx-video");

    [Fact]
    public async Task Bash_script_is_parsed_without_errors_and_avoids_newer_constructs()
    {
        using var folder = new TemporaryFolder();
        var script = await ScriptAsync("bash");
        Assert.Equal((0, ""), await ShellScriptTests.RunAsync(ShellSandbox.Bash, "-n", folder.Write("completion", script)));
        Assert.Empty(NewerBash.In(script));
    }

    [Theory]
    [InlineData(Line, "worker")]
    [InlineData("./mlx-video farm worker re", "resume revoke")]
    [InlineData("./mlx-video generate --device c", "cpu cuda")]
    [InlineData("./mlx-video worker --keep", "--keep-awake")]
    [InlineData("./mlx-video coordinator --http", "--http-port")]
    [InlineData("./mlx-video co", "coordinator completion")]
    [InlineData("./mlx-video test Farm", "Farm")]
    [InlineData("./mlx-video farm submit pro", "")]
    public async Task Bash_completes(string line, string completions)
    {
        var result = await ShellScriptTests.RunAsync(ShellSandbox.Bash, "-c", """
            eval "$("$1" completion bash)"
            complete -p mlx-video > /dev/null || exit
            COMP_LINE="$2 ignored after the cursor" COMP_POINT=${#2}
            _mlx_video
            echo ${COMPREPLY[@]+"${COMPREPLY[@]}"}
            """, "bash", Launcher, line);
        Assert.Equal((0, $"{completions}\n"), result);
    }

    [SkippableFact]
    public async Task Zsh_completes()
    {
        // Completion runs only in an interactive shell: its commands are replaced by functions here.
        var result = await ShellScriptTests.RunAsync("zsh", "-f", "-c", """
            compdef() { registered=$*; }
            compadd() { shift; print -- $@; }
            _files() { print files; }
            eval "$("$1" completion zsh)"
            print -- $registered
            words=(./mlx-video farm wor) CURRENT=3 PREFIX=wor
            _mlx_video
            words=(./mlx-video farm submit pro) CURRENT=4 PREFIX=pro
            _mlx_video
            """, "zsh", Launcher);
        Skip.If(result is null, "zsh is not installed.");
        Assert.Equal((0, "_mlx_video mlx-video\nworker\nfiles\n"), result);
    }

    [SkippableFact]
    public async Task Fish_completes()
    {
        var result = await ShellScriptTests.RunAsync(
            "fish", "--no-config", "-c", "$argv[1] completion fish | source; complete -C $argv[2]", Launcher, Line);
        Skip.If(result is null, "fish is not installed.");
        Assert.Equal((0, "worker\n"), result);
    }

    private static async Task<string> ScriptAsync(string shell)
    {
        var (exitCode, script) = (await ShellScriptTests.RunAsync(Launcher, "completion", shell))!.Value;
        Assert.Equal(0, exitCode);
        return script;
    }
}
