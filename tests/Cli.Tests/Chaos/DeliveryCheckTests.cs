using MlxVideo.Cli.Chaos.Batches;
using MlxVideo.Cli.Chaos.Plan;
using MlxVideo.Cli.Chaos.Verification;
using MlxVideo.Cli.Farm;

namespace MlxVideo.Cli.Tests.Chaos;

public sealed class DeliveryCheckTests : IDisposable
{
    private static readonly PlannedBatch Batch = BatchPlan.Create(seed: 1, rows: 2, TimeSpan.FromMinutes(1), images: [])[0];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_row_once_is_no_problem()
    {
        Deliver(Clip(1), Clip(2));
        Assert.Empty(Problems());
    }

    [Fact]
    public void Row_that_was_not_delivered_is_a_problem()
    {
        Deliver(Clip(1));
        Assert.Collection(
            Problems(),
            problem => Assert.Contains("row 2 (clip-002.mp4) is 0 times in the report", problem),
            problem => Assert.Contains("clip-002.mp4 is missing", problem));
    }

    [Fact]
    public void Row_that_was_delivered_twice_is_a_problem()
    {
        Deliver(Clip(1), Clip(2), Clip(2));
        Assert.Contains("row 2 (clip-002.mp4) is 2 times in the report", Assert.Single(Problems()));
    }

    [Fact]
    public void Clip_that_belongs_to_no_row_is_a_problem()
    {
        Deliver(Clip(1), Clip(2));
        _folder.Write("clip-003.mp4", "");
        Assert.Contains("clip-003.mp4 is not the clip of any row", Assert.Single(Problems()));
    }

    [Fact]
    public void Failed_client_without_a_report_is_a_problem() => Assert.Collection(
        DeliveryCheck.FindProblems(Batch, new ClientOutcome(_folder.Path, 3, "exit code 1: no farm")),
        problem => Assert.Contains("exit code 1: no farm", problem),
        problem => Assert.Contains("has no report", problem));

    [Fact]
    public void Different_frames_are_a_problem()
    {
        var expected = new Dictionary<string, string> { ["a.mp4"] = "1", ["b.mp4"] = "2" };
        Assert.Empty(FrameComparison.FindProblems(expected, expected));
        Assert.Contains(
            "b.mp4 has the framemd5 3 instead of 2",
            Assert.Single(FrameComparison.FindProblems(expected, new Dictionary<string, string> { ["a.mp4"] = "1", ["b.mp4"] = "3" })));
    }

    private IEnumerable<string> Problems() => DeliveryCheck.FindProblems(Batch, new ClientOutcome(_folder.Path, 1, null));

    private void Deliver(params ReportedClip[] clips)
    {
        _folder.Write(BatchReport.FileName, new BatchReport("b1", 1, [], clips, []).ToJson());
        foreach (var clip in clips)
            _folder.Write(clip.Output, "");
    }

    private static ReportedClip Clip(int row) => new(row, "a kite", Batch.Rows[row - 1].Output, 64, 64, 9, 24, 1, 1, "0", []);
}
