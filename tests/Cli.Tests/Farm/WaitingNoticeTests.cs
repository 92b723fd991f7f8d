using MlxVideo.Cli.Farm;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;

namespace MlxVideo.Cli.Tests.Farm;

public sealed class WaitingNoticeTests
{
    private readonly StringWriter _writer = new();

    [Fact]
    public void Rows_without_a_worker_are_reported_once_and_after_each_change()
    {
        var notice = new WaitingNotice(_writer);
        notice.Show(Views.Running(1, Waiting(1, null), Waiting(2, null)));
        Assert.Empty(Lines());
        notice.Show(Views.Running(2, Waiting(1, "No worker is in the farm."), Waiting(2, "No worker is in the farm.")));
        notice.Show(Views.Running(3, Waiting(1, "No worker is in the farm."), Waiting(2, "No worker is in the farm.")));
        notice.Show(Views.Running(4, Waiting(1, null), Waiting(2, "No worker has the tag 'big'.")));
        notice.Show(Views.Running(5, Waiting(1, null), Waiting(2, null)));
        notice.Show(Views.Running(6, Waiting(1, null), Waiting(2, null)));
        Assert.Equal(
            [
                "Rows 1, 2: No worker is in the farm. The batch continues when one joins.",
                "Row 2: No worker has the tag 'big'. The batch continues when one joins.",
                "The farm now has a worker for every row.",
            ],
            Lines());
    }

    [Fact]
    public void Many_rows_are_summarized_and_an_ended_batch_has_no_notice()
    {
        var notice = new WaitingNotice(_writer);
        notice.Show(Views.Running(1, Enumerable.Range(1, 9).Select(row => Waiting(row, "No worker is in the farm.")).ToArray()));
        notice.Show(Views.Ended(2, Views.Clip(1, ClipState.Cancelled)));
        Assert.Equal(
            "Rows 1, 2, 3, 4, 5 and 4 more: No worker is in the farm. The batch continues when one joins.", Assert.Single(Lines()));
    }

    private static ClipView Waiting(int row, string? reason) => Views.Clip(row, ClipState.Waiting) with { WaitingFor = reason };

    private string[] Lines() => _writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
}
