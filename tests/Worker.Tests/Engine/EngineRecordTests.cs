using System.Diagnostics;
using System.Text.Json;
using MlxVideo.Worker.Engine.Processes;

namespace MlxVideo.Worker.Tests.Engine;

public sealed class EngineRecordTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _notices = [];

    [Fact]
    public async Task Process_left_behind_by_an_earlier_run_is_ended()
    {
        using var process = StartWaiting("0123456789abcdef");
        EngineRecord.Write(_folder.Path, process, "0123456789abcdef");
        EngineRecord.EndLeftover(_folder.Path, _notices.Add);
        await process.WaitForExitAsync().WaitAsync(Patience);
        Assert.Contains($"Ending process {process.Id}", Assert.Single(_notices), StringComparison.Ordinal);
        Assert.Null(EngineRecord.Read(_folder.Path));
    }

    [Theory]
    [InlineData("another-id", 0)]
    [InlineData("0123456789abcdef", 60)]
    public async Task Other_process_with_the_same_number_is_left_alone(string id, int seconds)
    {
        using var process = StartWaiting("0123456789abcdef");
        var record = new EngineRecord(process.Id, process.StartTime.ToUniversalTime().AddSeconds(-seconds), id);
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, EngineRecord.FileName), JsonSerializer.Serialize(record));
        EngineRecord.EndLeftover(_folder.Path, _notices.Add);

        Assert.False(process.HasExited);
        Assert.Empty(_notices);
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public void Missing_and_damaged_records_are_ignored()
    {
        EngineRecord.EndLeftover(_folder.Path, _notices.Add);
        File.WriteAllText(_folder.File(EngineRecord.FileName), "{ \"ProcessId\": ");
        EngineRecord.EndLeftover(_folder.Path, _notices.Add);
        File.WriteAllText(_folder.File(EngineRecord.FileName), "{ \"ProcessId\": 2147483647, \"Id\": \"0\" }");
        EngineRecord.EndLeftover(_folder.Path, _notices.Add);
        Assert.Empty(_notices);
        Assert.Empty(Directory.EnumerateFiles(_folder.Path));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Starts a process that ends with its input, with an id on its command line.</summary>
    private static Process StartWaiting(string id) => Process.Start(
        new ProcessStartInfo("/bin/sh", ["-c", "read line; exit 0", id]) { RedirectStandardInput = true })!;
}
