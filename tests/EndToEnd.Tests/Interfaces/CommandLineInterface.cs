using System.Text.Json.Nodes;
using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Errors;

namespace MlxVideo.EndToEnd.Tests.Interfaces;

/// <summary>The command line, as a process.</summary>
public sealed class CommandLineInterface(SecureFarm farm) : FarmInterface("cli")
{
    /// <inheritdoc/>
    public override async Task<CommandOutcome> RunAsync(FarmCommand command, IReadOnlyDictionary<string, string> arguments)
    {
        using var program = CliProcess.Start(
            farm.OperatorEnvironment,
            [.. command.FullName.Split(' '), .. Words(command, arguments), "--json", "--api", farm.Api, .. OwnOptions(command.Name)]);
        if (IsStream(command, arguments))
            return new CommandOutcome(JsonNode.Parse(await program.ReadLineAsync()), null);
        var result = await program.WaitForResultAsync();
        return result.ExitCode == ExitCodes.Done
            ? new CommandOutcome(JsonNode.Parse(result.Output), null)
            : new CommandOutcome(null, result.Error.Trim());
    }

    private static IEnumerable<string> Words(FarmCommand command, IReadOnlyDictionary<string, string> arguments)
    {
        var positional = command.Arguments.Where(argument => argument.IsPositional).Select(argument => argument.OptionName).ToList();
        foreach (var (option, value) in Options(command, arguments).OrderByDescending(each => positional.Contains(each.Option)))
        {
            if (!positional.Contains(option))
                yield return $"--{option}";
            if (!command.Arguments.Any(argument => argument.IsFlag && argument.OptionName == option))
                yield return value;
        }
    }

    /// <summary>Options that only the command line has.</summary>
    private IEnumerable<string> OwnOptions(string command) => command switch
    {
        "drain" => ["--no-wait"],
        "collect" => ["--output", farm.Folder["collected"]],
        _ => [],
    };
}
