using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cli.Completion;

/// <summary>
/// Completion scripts of shells. Each asks the launcher for completions, which answers from the built programs without building them, and
/// falls back to file names.
/// </summary>
internal static class CompletionScripts
{
    /// <summary>Returns the script for bash, as of version 3.2.</summary>
    /// <param name="launcher">Path of the launcher.</param>
    public static string Bash(string launcher) => $$"""
        # Completion of mlx-video in bash.
        _mlx_video() {
            local IFS=$'\n'
            COMPREPLY=($({{Quote(launcher)}} '{{Completions.Request}}' "${COMP_LINE:0:COMP_POINT}" 2>/dev/null))
        }
        complete -o bashdefault -o default -F _mlx_video mlx-video

        """.ReplaceLineEndings("\n");

    /// <summary>Returns the script for zsh.</summary>
    /// <param name="launcher">Path of the launcher.</param>
    public static string Zsh(string launcher) => $$"""
        #compdef mlx-video
        # Completion of mlx-video in zsh.
        _mlx_video() {
            local -a found
            found=(${(f)"$({{Quote(launcher)}} '{{Completions.Request}}' "${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null)"})
            if (( $#found )); then compadd -- $found; else _files; fi
        }
        (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
        compdef _mlx_video mlx-video

        """.ReplaceLineEndings("\n");

    /// <summary>Returns the script for fish.</summary>
    /// <param name="launcher">Path of the launcher.</param>
    public static string Fish(string launcher) => $$"""
        # Completion of mlx-video in fish.
        function __mlx_video_complete
            {{QuoteForFish(launcher)}} '{{Completions.Request}}' (commandline -cp | string collect) 2>/dev/null
        end
        complete -c mlx-video -a '(__mlx_video_complete)'

        """.ReplaceLineEndings("\n");

    private static string Quote(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private static string QuoteForFish(string text) =>
        $"'{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal)}'";
}
