using System.CommandLine;
using MlxVideo.Cli.Errors;
using MlxVideo.Engine.Models.Tiny;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Models;

/// <summary>The command <c>mlx-video model</c>.</summary>
public static class ModelCommand
{
    public static Command Create() => new("model", "Downloads, examines and converts models.")
    {
        DownloadCommand.Create(), ListCommand.Create(), InspectCommand.Create(), VerifyCommand.Create(), ConvertCommand.Create(),
        CreateTiny(),
    };

    private static Command CreateTiny()
    {
        var output = new Option<DirectoryInfo>("--output") { Description = "Folder to create for the model.", Required = true };
        var seed = NumberOption.Long("--seed", "Seed for the weights; the same seed produces identical files.", 0);
        var command = new Command(
            "tiny", "Writes a tiny LTX-2.0 model with random weights, for trying out the farm without a 40 GB download.") { output, seed };
        command.SetAction((parsed, cancellationToken) =>
        {
            var folder = parsed.GetRequiredValue(output).FullName;
            TinyModel.Write(folder, parsed.GetValue(seed), cancellationToken: cancellationToken);
            Console.WriteLine(folder);
            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }
}
