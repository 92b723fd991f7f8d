using System.Text;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Inputs;

namespace MlxVideo.Shared.Tests.Csv;

/// <summary>A folder with a CSV file and placeholder images; the probe rejects files that do not begin with "image".</summary>
internal sealed class CsvFolder : IMediaProbe, IDisposable
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

    public string? ImageError(string path) =>
        File.ReadAllText(path).StartsWith("image", StringComparison.Ordinal) ? null : $"{System.IO.Path.GetFileName(path)} is no image.";

    /// <summary>Reads the properties that a placeholder states: <c>video 64 48 25 24 audio2.5</c> or <c>sound audio2.5</c>.</summary>
    MediaProperties IMediaProbe.Read(string path)
    {
        var name = System.IO.Path.GetFileName(path);
        var words = File.ReadAllText(path).Split(' ');
        var seconds = words[^1].StartsWith("audio", StringComparison.Ordinal) ? double.Parse(words[^1][5..]) : 0;
        int? rate = seconds > 0 ? 48_000 : null;
        return words[0] switch
        {
            "video" => new MediaProperties(
                int.Parse(words[1]), int.Parse(words[2]), int.Parse(words[3]), double.Parse(words[4]), rate, seconds),
            "sound" => new MediaProperties(0, 0, 0, 0, rate, seconds),
            _ => throw new IOException($"{name} is no video."),
        };
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
