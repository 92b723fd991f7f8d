using System.CommandLine;
using MlxVideo.Engine.Inventory;
using MlxVideo.Engine.Models;
using MlxVideo.Hub.Caching;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Files;

namespace MlxVideo.Cli.Models;

/// <summary>The command <c>mlx-video model verify</c>.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var model = new ModelArgument();
        var command = new Command(
            "verify", "Reads a whole model: all weights exist and are finite, and downloaded files have the hashes that the hub states.");
        model.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(model.Open(parsed), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ModelFolder model, CancellationToken cancellationToken)
    {
        var faults = ModelVerification.FindFaults(model, component => Console.WriteLine($"{component}: read"), cancellationToken).ToList();
        var hashed = 0;
        foreach (var file in model.Files)
        {
            if (await CachedContent.IsIntactAsync(LinkTarget.Of(file.Path), cancellationToken) is not { } isIntact)
                continue;
            hashed++;
            if (!isIntact)
                faults.Add(
                    $"{file.Path} does not have the hash that the hub states; delete {LinkTarget.Of(file.Path).FullName} and download it "
                        + "again.");
        }

        faults.ForEach(Console.Error.WriteLine);
        Console.WriteLine(faults.Count == 0
            ? $"{model.Path} is complete and undamaged; {hashed} of {model.Files.Count} files were compared with hashes of the hub."
            : $"{model.Path} has {faults.Count} fault(s).");
        return faults.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }
}
