using System.Text;
using MlxVideo.Shared.Csv;

namespace MlxVideo.Shared.Tests.Csv;

/// <summary>A folder with a CSV file and placeholder images; the probe rejects files that do not begin with "image".</summary>
internal sealed class CsvFolder : IImageProbe, IDisposable
{
    public CsvFolder(params string[] images)
    {
        foreach (var image in images)
            File.WriteAllText(System.IO.Path.Combine(Path, image), "image");
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("csv-").FullName;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public string Csv => System.IO.Path.Combine(Path, "batch.csv");

    public BatchCsvContent Read(string csv) => Read(Encoding.UTF8.GetBytes(csv));

    public BatchCsvContent Read(byte[] csv)
    {
        File.WriteAllBytes(Csv, csv);
        return BatchCsv.Read(Csv, this, Time);
    }

    public string FileAt(string name) => System.IO.Path.Combine(Path, name);

    public string? Error(string path) =>
        File.ReadAllText(path).StartsWith("image", StringComparison.Ordinal) ? null : $"{System.IO.Path.GetFileName(path)} is no image.";

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
