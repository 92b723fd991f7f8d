using System.CommandLine;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Generate.Options;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cli.Tests.Generate;

/// <summary>Command lines of <c>generate</c>, parsed without rendering.</summary>
internal static class ParsedOptions
{
    private static readonly Dictionary<string, string> NoVariables = [];

    /// <summary>Returns the request of a command line.</summary>
    /// <exception cref="UsageException">The command line has errors, one per line of the message.</exception>
    public static GenerateRequest Read(params string[] arguments) => Read(NoVariables, arguments);

    /// <summary>Returns the request of a preset's command line.</summary>
    /// <exception cref="UsageException">The command line has errors, one per line of the message.</exception>
    public static GenerateRequest Read(Preset preset, params string[] arguments) =>
        Read(new GenerateOptions(NoVariables, preset), arguments);

    /// <summary>Returns the request of a command line in an environment.</summary>
    /// <exception cref="UsageException">The command line has errors, one per line of the message.</exception>
    public static GenerateRequest Read(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        Read(new GenerateOptions(environment), arguments);

    private static GenerateRequest Read(GenerateOptions options, string[] arguments)
    {
        var command = new Command("generate");
        command.AddGroups(options.Groups);
        var parsed = command.Parse(arguments);
        return parsed.Errors.Count == 0
            ? options.Read(parsed)
            : throw new UsageException(string.Join('\n', parsed.Errors.Select(error => error.Message)));
    }
}
