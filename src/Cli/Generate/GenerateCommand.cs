using System.Collections;
using System.CommandLine;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Generate.Options;
using MlxVideo.Engine.Diagnostics;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cli.Generate;

/// <summary>The verb <c>generate</c>: renders one clip in this process.</summary>
public static class GenerateCommand
{
    /// <summary>Creates the command with its presets. Invalid settings are reported together in one <see cref="UsageException"/>.</summary>
    /// <param name="verdicts">Creates the verdicts on devices.</param>
    public static Command Create(Func<DeviceVerdicts> verdicts)
    {
        var environment = EnvironmentVariables();
        var command = Create("generate", "Renders one clip on this machine.", new GenerateOptions(environment), verdicts);
        foreach (var preset in Preset.All)
            command.Subcommands.Add(Create(preset.Name, preset.Description, new GenerateOptions(environment, preset), verdicts));
        return command;
    }

    private static Command Create(string name, string description, GenerateOptions options, Func<DeviceVerdicts> verdicts)
    {
        var command = new Command(name, description);
        command.AddGroups(options.Groups);
        command.SetAction((parsed, cancellationToken) => Generation.RunAsync(options.Read(parsed), verdicts(), cancellationToken));
        return command;
    }

    private static Dictionary<string, string> EnvironmentVariables() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "");
}
