using System.CommandLine;
using System.CommandLine.Help;

namespace MlxVideo.Shared.Arguments;

/// <summary>
/// Common elements of all programs' command lines: the launcher's name in the usage line, and error reporting.
/// </summary>
public static class ProgramCommand
{
    /// <summary>Creates the root command, named after the launcher regardless of the assembly that it runs.</summary>
    public static Command Root(string description) => new("mlx-video", description) { new HelpOption(), new VersionOption() };

    /// <summary>Writes the errors of a command line to standard error, one sentence each.</summary>
    /// <returns>True when there are errors.</returns>
    public static async Task<bool> ReportErrorsAsync(ParseResult parsed)
    {
        // Defaults of options are read for a command and its subcommand, and a variable in error is an error of both.
        foreach (var message in parsed.Errors.Select(error => error.Message).Distinct())
            await Console.Error.WriteLineAsync(message);
        if (parsed.Errors.Count > 0)
            await Console.Error.WriteLineAsync("Run with --help for usage.");
        return parsed.Errors.Count > 0;
    }
}
