using System.CommandLine;
using System.Globalization;
using MlxVideo.Engine.Inventory;
using MlxVideo.Engine.Models;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Errors;
using Spectre.Console;

namespace MlxVideo.Cli.Models;

/// <summary>The command <c>mlx-video model inspect</c>.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var model = new ModelArgument();
        var layers = new Option<bool>("--layers") { Description = "List every weight with its shape, number format and size." };
        var json = new Option<bool>("--json") { Description = "Print JSON, with the whole configuration." };
        var noDigest = new Option<bool>("--no-digest") { Description = "Do not read a model whose digest is unknown to compute it." };
        var command = new Command("inspect", "Shows a model's files, components, number formats, sizes and digest.");
        model.AddTo(command, new OptionGroup("Report", layers, json, noDigest));
        command.SetAction(parsed =>
        {
            var folder = model.Open(parsed);
            var digest = parsed.GetValue(noDigest)
                ? ModelFingerprint.Find(folder, ContentHashCache.OfUser)
                : ModelFingerprint.Of(folder, ContentHashCache.OfUser);
            var report = ModelReport.Of(folder, digest, parsed.GetValue(layers));
            if (parsed.GetValue(json))
                ModelJson.Print(report);
            else
                Print(report);
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Print(ModelReport report)
    {
        Console.WriteLine($"LTX-2 {report.Version}, {(report.HasAudio ? "video and audio" : "video only")}, {ByteSize.Text(report.Bytes)}");
        if (report.Digest is { } digest)
            Console.WriteLine($"digest {digest}");
        var files = new Table().Border(TableBorder.Simple).AddColumns("file", "role", "size");
        foreach (var file in report.Files)
            files.AddRow(new Text(Path.GetRelativePath(report.Path, file.Path)), new Text(file.Role), new Text(ByteSize.Text(file.Bytes)));
        AnsiConsole.Write(files);
        var components = new Table().Border(TableBorder.Simple).AddColumns("component", "weights", "parameters", "size", "number formats");
        foreach (var component in report.Components)
        {
            components.AddRow(
                new Text(component.Name), new Text(component.Weights.ToString(CultureInfo.InvariantCulture)),
                new Text(component.Parameters.ToString("N0", CultureInfo.InvariantCulture)), new Text(ByteSize.Text(component.Bytes)),
                new Text(string.Join(", ", component.Formats.Select(format => $"{format.Key} {ByteSize.Text(format.Value)}"))));
        }

        AnsiConsole.Write(components);
        foreach (var layer in report.Layers ?? [])
            Console.WriteLine($"{layer.Name}  [{string.Join(", ", layer.Shape)}]  {layer.Format}  {ByteSize.Text(layer.Bytes)}");
    }
}
