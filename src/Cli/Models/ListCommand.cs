using System.CommandLine;
using MlxVideo.Cli.Errors;
using MlxVideo.Engine.Models;
using MlxVideo.Hub;
using MlxVideo.Hub.Caching;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Errors;
using Spectre.Console;

namespace MlxVideo.Cli.Models;

/// <summary>The command <c>mlx-video model list</c>.</summary>
internal static class ListCommand
{
    private const int ShownDigits = 12;

    public static Command Create()
    {
        var folders = new Argument<string[]>("folder")
        {
            Description = "Model folders, or folders that contain them; ~/models by default.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var json = new Option<bool>("--json")
        {
            Description = "Print JSON with the whole digest of each model, by which farm batches name it; reads models whose hash is "
                + "unknown.",
        };
        var command = new Command("list", "Lists the models in the Hugging Face cache and in folders.") { folders, json };
        command.SetAction(parsed =>
        {
            var catalog = new ModelCatalog(new HubCache(HubEnvironment.OfUser().CacheFolder));
            var entries = catalog.Find(FoldersOf(parsed.GetValue(folders) ?? []));
            if (parsed.GetValue(json))
                ModelJson.Print(entries.Select(ReportOf));
            else
                PrintTable(entries.ToList());
            return ExitCodes.Done;
        });
        return command;
    }

    private static IEnumerable<string> FoldersOf(string[] given)
    {
        if (given.Length == 0)
        {
            var usual = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), "models");
            return Directory.Exists(usual) ? [usual] : [];
        }

        return given.Select(Path.GetFullPath).Select(folder => Directory.Exists(folder)
            ? folder
            : throw new UsageException($"{folder} is not a folder; give a model folder, or a folder that contains some."));
    }

    private static object ReportOf(CatalogEntry entry) => new
    {
        entry.Name,
        entry.Path,
        entry.Kind,
        entry.Checkpoint,
        entry.Version,
        entry.Bytes,
        Digest = entry.Model is { } model ? ModelFingerprint.Of(model, ContentHashCache.OfUser) : null,
        entry.Problem,
    };

    private static void PrintTable(List<CatalogEntry> entries)
    {
        if (entries.Count == 0)
        {
            Console.WriteLine("No models; run 'mlx-video model download ltx-2', for example, or 'mlx-video model tiny --output DIR'.");
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("model", "checkpoint", "version", "size", "digest");
        foreach (var entry in entries)
        {
            table.AddRow(
                new Text(entry.Name), new Text(entry.Checkpoint ?? ""),
                new Text(entry.Version ?? (entry.Kind == CatalogKind.TextEncoder ? "text encoder" : "incomplete")),
                new Text(ByteSize.Text(entry.Bytes)), new Text(DigestOf(entry)));
        }

        AnsiConsole.Write(table);
        foreach (var entry in entries.Where(entry => entry.Problem is not null))
            Console.WriteLine($"{entry.Name}: {entry.Problem}");
    }

    /// <summary>Returns the first digits of the digest if that needs no reading of the model.</summary>
    private static string DigestOf(CatalogEntry entry) =>
        entry.Model is { } model && ModelFingerprint.Find(model, ContentHashCache.OfUser) is { } digest ? digest[..ShownDigits] : "";
}
