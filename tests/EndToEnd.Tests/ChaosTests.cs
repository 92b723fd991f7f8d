using System.Text.Json;
using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>A short chaos run with all kinds of faults.</summary>
[Collection(nameof(SerialCollection))]
public sealed class ChaosTests
{
    private const int Rows = 12;

    /// <summary>Includes the limits of the run itself, which reports what is missing when it reaches them.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    [Fact]
    public async Task Farm_with_faults_delivers_every_row_once_with_the_frames_of_an_undisturbed_farm()
    {
        using var run = CliProcess.Start(
            new Dictionary<string, string?>(), "chaos", "--seed", "1", "--minutes", "1", "--workers", "2", "--rows", $"{Rows}", "--json");
        var result = await run.WaitForResultAsync(Patience);
        result.AssertDone();
        var report = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(Rows, report.GetProperty("delivered").GetInt32());
        Assert.Empty(report.GetProperty("problems").EnumerateArray());
        var faults = report.GetProperty("faults").EnumerateArray().ToList();
        Assert.All(faults, fault => Assert.True(Count(fault, "injected") + Count(fault, "skipped") > 0, $"{fault} was not scheduled."));
        // Whether a process is running at the time of its fault varies.
        Assert.True(
            faults.Sum(fault => Count(fault, "injected")) > faults.Sum(fault => Count(fault, "skipped")),
            $"Most faults were skipped: {result.Error}");
        Assert.Empty(Descendants.Of(run.Id));

        static int Count(JsonElement fault, string what) => fault.GetProperty(what).GetInt32();
    }
}
