using System.CommandLine;
using System.CommandLine.Help;

namespace MlxVideo.Shared.Arguments;

/// <summary>
/// What the command lines of all programs have in common: the launcher's name in the usage line, and how errors are reported.
/// </summary>
public static class ProgramCommand
{
    /// <summary>The command that users type: the launcher's, whichever assembly it runs.</summary>
    public static Command Root(string description) => new("mlx-video", description) { new HelpOption(), new VersionOption() };

    /// <summary>Writes the errors of a command line to standard error, a sentence each.</summary>
    /// <returns>True when there are any.</returns>
    public static async Task<bool> ReportErrorsAsync(ParseResult parsed)
    {
        foreach (var error in parsed.Errors)
            await Console.Error.WriteLineAsync(error.Message);
        if (parsed.Errors.Count > 0)
            await Console.Error.WriteLineAsync("Run with --help for usage.");
        return parsed.Errors.Count > 0;
    }
}
