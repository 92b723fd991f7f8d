using System.CommandLine;
using MlxVideo.Cli.Farm.Access;
using MlxVideo.Cli.Farm.Commands;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Commands.Definitions;

namespace MlxVideo.Cli.Farm;

/// <summary>The command <c>mlx-video farm collect</c>: waits for a batch and downloads its clips.</summary>
internal static class CollectCommand
{
    public static Command Create(FarmCommand definition)
    {
        var batch = new Argument<string>("batch") { Description = "Batch ID." };
        var (connection, output, json) = (new ConnectionOptions(), Output(), FarmCommandLine.NewJson());
        var command = new Command(definition.Name, "Waits for a submitted batch and downloads its clips.") { batch, output, json };
        FarmCommandLine.AddExample(command, definition);
        connection.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var folder = OutputFolder.Open(parsed.GetRequiredValue(output).FullName);
            using var farm = await connection.OpenAsync(parsed, cancellationToken);
            var delivery = new BatchDelivery(farm.Client, folder, parsed.GetValue(json));
            return await delivery.RunAsync(parsed.GetRequiredValue(batch), [], cancellationToken);
        });
        return command;
    }

    /// <summary>Creates the option <c>--output</c>.</summary>
    public static Option<DirectoryInfo> Output() => new("--output", "-o")
    {
        Description = "Folder for the clips and report.json.",
        DefaultValueFactory = _ => new DirectoryInfo("output"),
    };
}
