using System.CommandLine;
using MlxVideo.Shared.Access;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Security;

namespace MlxVideo.Cli.Farm.Access;

/// <summary>The command <c>mlx-video farm init</c>: creates the certificates of a new farm.</summary>
internal static class InitCommand
{
    public static Command Create()
    {
        var data = new Option<DirectoryInfo>("--data")
        {
            Description = "The coordinator's data folder, created if missing.",
            Required = true,
        };
        var name = new Option<string>("--operator")
        {
            Description = "Name of the first operator.",
            DefaultValueFactory = _ => Environment.UserName,
        };
        var command = new Command("init", "Creates the certificates of a new farm and its first operator's token.") { data, name };
        command.SetAction(parsed =>
        {
            var folder = WritableFolder.Open(parsed.GetRequiredValue(data).FullName, "data folder", "--data");
            var token = SecurityFolder.Create(folder, parsed.GetRequiredValue(name), TimeProvider.System);
            Console.WriteLine(
                $"Created the farm's certificates in {Path.Combine(folder, SecurityFolder.Name)}: keep a backup of that folder.");
            Console.WriteLine($"Your operator's token, {Store(token)}; to work from another machine, use it there as --token:");
            Console.WriteLine(token);
            Console.WriteLine($"Start the coordinator with: ./mlx-video coordinator --listen THIS_MACHINES_ADDRESS --data {folder}");
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Stores the token for the user. It is shown in any case, because nothing else can show it again.</summary>
    /// <returns>The outcome as part of a sentence.</returns>
    private static string Store(FarmToken token)
    {
        var tokens = OperatorTokens.OfUser();
        try
        {
            tokens.Add(token);
            return $"stored in {tokens.FilePath}";
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            return $"NOT stored in {tokens.FilePath} ({ex.Message})";
        }
    }
}
