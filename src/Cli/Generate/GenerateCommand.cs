using System.CommandLine;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Generate.Options;
using MlxVideo.Engine.Diagnostics;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cli.Generate;

/// <summary>The verb <c>generate</c>: renders one clip in this process.</summary>
public static class GenerateCommand
{
    /// <summary>Creates the command. Invalid settings are reported together in one <see cref="UsageException"/>.</summary>
    /// <param name="verdicts">Creates the verdicts on devices.</param>
    public static Command Create(Func<DeviceVerdicts> verdicts)
    {
        var options = new GenerateOptions();
        var command = new Command("generate", "Renders one clip on this machine.");
        command.AddGroups(options.Groups);
        command.SetAction((parsed, cancellationToken) => Generation.RunAsync(options.Read(parsed), verdicts(), cancellationToken));
        return command;
    }
}
