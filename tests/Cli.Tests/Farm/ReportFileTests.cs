using System.Text.Json;
using MlxVideo.Cli.Farm;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Cli.Tests.Farm;

public sealed class ReportFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Report_of_another_batch_is_kept_under_its_batch_id()
    {
        var folder = OutputFolder.Open(_folder.Path);
        foreach (var batch in new[] { "b1", "b2", "b2", "b3" })
        {
            ReportFile.SetAside(folder, batch);
            Assert.False(File.Exists(_folder[BatchReport.FileName]));
            ReportFile.Write(folder, Report(batch));
        }

        Assert.Equal(["report-b1.json", "report-b2.json", "report.json"], Files());
        Assert.Equal(["b1", "b2", "b3"], Files().Select(BatchOf));
    }

    [Fact]
    public void Concurrent_clients_lose_no_report()
    {
        var folder = OutputFolder.Open(_folder.Path);
        var batches = Enumerable.Range(1, 400).Select(number => $"b{number}").ToList();
        Parallel.ForEach(batches, new ParallelOptions { MaxDegreeOfParallelism = 8 }, batch =>
        {
            ReportFile.SetAside(folder, batch);
            ReportFile.Write(folder, Report(batch));
        });
        Assert.Equal(batches.Order(StringComparer.Ordinal), Files().Select(BatchOf).Order(StringComparer.Ordinal));
        Assert.Contains(BatchReport.FileName, Files());
    }

    [Fact]
    public void File_that_is_not_a_report_is_replaced()
    {
        _folder.Write(BatchReport.FileName, "of an earlier version");
        ReportFile.Write(OutputFolder.Open(_folder.Path), Report("b1"));
        Assert.Equal([BatchReport.FileName], Files());
    }

    public void Dispose() => _folder.Dispose();

    private static BatchReport Report(string batch) => new(batch, 1, [], [], []);

    private string[] Files() =>
        Directory.GetFiles(_folder.Path).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal).ToArray();

    private string? BatchOf(string file) =>
        JsonDocument.Parse(File.ReadAllText(_folder[file])).RootElement.GetProperty("batch").GetString();
}
