using System.CommandLine;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Completion;

/// <summary>The command <c>mlx-video completion</c>: prints scripts with which shells complete commands, options and values.</summary>
internal static class CompletionCommand
{
    /// <summary>Environment variable in which the launcher passes its path.</summary>
    private const string LauncherVariable = "MLXVIDEO_LAUNCHER";

    /// <summary>Creates the command with one subcommand per shell.</summary>
    public static Command Create() => new("completion", "Prints a script with which a shell completes commands, options and values.")
    {
        CreateOne("bash", "For bash 3.2 or later; add to ~/.bashrc: eval \"$(FOLDER/mlx-video completion bash)\"", CompletionScripts.Bash),
        CreateOne("zsh", "For zsh; add to ~/.zshrc: eval \"$(FOLDER/mlx-video completion zsh)\"", CompletionScripts.Zsh),
        CreateOne(
            "fish", "For fish; add to ~/.config/fish/config.fish: FOLDER/mlx-video completion fish | source", CompletionScripts.Fish),
    };

    private static Command CreateOne(string shell, string description, Func<string, string> scriptOf)
    {
        var command = new Command(shell, description);
        command.SetAction(_ =>
        {
            Console.Write(scriptOf(Environment.GetEnvironmentVariable(LauncherVariable) is { Length: > 0 } path ? path : "mlx-video"));
            return ExitCodes.Done;
        });
        return command;
    }
}
