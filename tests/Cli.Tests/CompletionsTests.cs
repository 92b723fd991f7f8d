using System.CommandLine;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cli.Tests;

public sealed class CompletionsTests
{
    [Theory]
    [InlineData("./mlx-video farm wor", "worker")]
    [InlineData("./mlx-video farm worker re", "resume", "revoke")]
    [InlineData("'/my folder/mlx-video' com", "completion")]
    [InlineData("mlx-video completion ", "bash", "fish", "zsh")]
    [InlineData("mlx-video farm worker drain --n", "--no-wait", "--now")]
    [InlineData("mlx-video farm submit prompts.csv --max", "--max-failed")]
    [InlineData("mlx-video generate --device m", "mps")]
    [InlineData("mlx-video generate --device ", "auto", "cpu", "cuda", "mps")]
    [InlineData("mlx-video doctor --kernels metal", "metal-safe")]
    [InlineData("mlx-video simulate --mix s", "short")]
    [InlineData("mlx-video simulate --policy first", "first-come-by-clip", "first-come-by-stage")]
    [InlineData("mlx-video chaos --faults kill-", "kill-coordinator", "kill-engine", "kill-worker")]
    [InlineData("mlx-video farm submit ")]
    [InlineData("mlx-video farm submit pri")]
    [InlineData("mlx-video fa", "farm")]
    [InlineData("mlx-video")]
    public void Commands_options_and_values_are_completed(string line, params string[] completions) =>
        Assert.Equal(completions, Completions.Find(CommandLine.Create(new Option<bool>("--verbose")), line));

    [Fact]
    public void Every_option_and_subcommand_completes_its_own_name()
    {
        var root = CommandLine.Create(new Option<bool>("--verbose"));
        foreach (var (path, names) in NamesOf(root, root.Name))
            Assert.All(names, name => Assert.Contains(name, Completions.Find(root, $"{path} {name}")));
    }

    [Theory]
    [InlineData("bash", "complete ")]
    [InlineData("zsh", "compdef ")]
    [InlineData("fish", "complete ")]
    public async Task Script_names_the_launcher(string shell, string registration)
    {
        var script = await CliProcess.RunAsync(
            new Dictionary<string, string?> { ["MLXVIDEO_LAUNCHER"] = "/a folder/mlx-video" }, "completion", shell);
        script.AssertDone();
        Assert.Contains("'/a folder/mlx-video' '[suggest]' ", script.Output);
        Assert.Contains(registration, script.Output);
    }

    private static IEnumerable<(string Path, IEnumerable<string> Names)> NamesOf(Command command, string path) =>
        command.Subcommands.SelectMany(verb => NamesOf(verb, $"{path} {verb.Name}"))
            .Append((path, command.Options.Where(option => !option.Hidden).Select(option => option.Name)
                .Concat(command.Subcommands.Select(verb => verb.Name))));
}
