using System.CommandLine;
using MlxVideo.Cli.Farm.Access;
using MlxVideo.Cli.Farm.Commands;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Commands.Definitions;
using MlxVideo.Shared.Commands.Requests;
using MlxVideo.Shared.Diagnostics;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Farm;

/// <summary>
/// The command <c>mlx-video farm doctor</c>: the coordinator's checks, and whether it can be reached and has this program's version.
/// </summary>
internal static class FarmDoctorCommand
{
    private const string Check = "coordinator";

    public static Command Create(FarmCommand definition)
    {
        var (connection, json) = (new ConnectionOptions(), FarmCommandLine.NewJson());
        var command = new Command(definition.Name, definition.Summary) { json };
        FarmCommandLine.AddExample(command, definition);
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var diagnosis = await ExamineAsync(
                parsed.GetRequiredValue(connection.Api),
                async () =>
                {
                    using var farm = await connection.OpenAsync(parsed, cancellationToken);
                    return await farm.Client.Commands.ExecuteAsync(new ExamineFarm(), cancellationToken);
                });
            new CommandOutput(definition, parsed.GetValue(json)).Show(diagnosis);
            return diagnosis.Usable ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    /// <summary>Returns the coordinator's checks after that of the coordinator itself.</summary>
    /// <param name="examine">Asks the coordinator.</param>
    internal static async Task<FarmDiagnosis> ExamineAsync(Uri api, Func<Task<FarmDiagnosis>> examine)
    {
        try
        {
            var diagnosis = await examine();
            return diagnosis with { Checks = [Compare(api, diagnosis.Version), .. diagnosis.Checks] };
        }
        catch (FarmApiException ex)
        {
            return new FarmDiagnosis(
                Usable: false, BuildVersion.Current,
                [
                    new CheckResult(
                        Check, CheckOutcome.Failed, ex.Message.TrimEnd('.'),
                        "Start the coordinator, or give its address with --api; its log says why it does not answer."),
                ]);
        }
    }

    private static CheckResult Compare(Uri api, string version) => version == BuildVersion.Current
        ? new CheckResult(Check, CheckOutcome.Passed, $"{api} has version {version}")
        : new CheckResult(
            Check, CheckOutcome.Warning, $"{api} has version {version}, this program {BuildVersion.Current}",
            "Use the same version on all machines of the farm.");
}
