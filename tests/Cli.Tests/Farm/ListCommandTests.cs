using MlxVideo.Cli.Farm;
using MlxVideo.Shared.Api;

namespace MlxVideo.Cli.Tests.Farm;

public sealed class ListCommandTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Each_batch_is_listed_with_id_times_and_clip_counts_by_state()
    {
        var output = new StringWriter();
        ListCommand.Write(
            new BatchList(
            [
                new BatchSummary("b1", BatchState.Ended, Noon, Noon.AddMinutes(2), new ClipCounts(0, 0, 2, 1, 0)),
                new BatchSummary("b2", BatchState.Running, Noon.AddHours(1), null, new ClipCounts(7, 1, 0, 0, 0)),
            ]),
            output,
            TimeZoneInfo.Utc);
        Assert.Equal(
            ["b1  submitted 2026-01-31 12:00:00  ended 2026-01-31 12:02:00  2 finished, 1 failed",
                "b2  submitted 2026-01-31 13:00:00  running  7 waiting, 1 rendering"],
            output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Farm_without_batches_is_reported_as_empty()
    {
        var output = new StringWriter();
        ListCommand.Write(new BatchList([]), output, TimeZoneInfo.Utc);
        Assert.Equal("No batches.", output.ToString().Trim());
    }
}
