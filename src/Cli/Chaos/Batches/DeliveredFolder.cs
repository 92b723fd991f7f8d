using System.Text.Json;
using MlxVideo.Cli.Farm;
using MlxVideo.Shared.Json;

namespace MlxVideo.Cli.Chaos.Batches;

/// <summary>An output folder of the command.</summary>
internal static class DeliveredFolder
{
    /// <summary>Reads the report; null when there is none.</summary>
    public static BatchReport? ReadReport(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<BatchReport>(File.ReadAllText(Path.Combine(folder, BatchReport.FileName)), FarmJson.Options);
        }
        catch (Exception ex) when (ex is IOException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Returns the file names of a folder, without the report.</summary>
    public static IEnumerable<string> Files(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file))
            .Where(name => name != BatchReport.FileName)
        : [];
}
