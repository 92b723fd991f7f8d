using MlxVideo.Coordinator.Examination;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Diagnostics;

namespace MlxVideo.Coordinator.Tests.Examination;

public sealed class WorkerChecksTests
{
    private static readonly WorkerView Mini = new("w1", "mini", "mps", "d1", "ltx-2", "arm64 mps", null)
    {
        State = WorkerState.Idle,
        Version = "1.0",
        ClockAheadS = 1,
    };

    private static readonly Dictionary<string, string> NobodyEnrolled = [];

    [Fact]
    public void Farm_in_order_passes_every_check() => Assert.All(
        Check([Mini, Mini with { Id = "w2", Name = "studio", State = WorkerState.Busy }]),
        check => Assert.Equal(CheckOutcome.Passed, check.Outcome));

    [Fact]
    public void Farm_without_a_usable_worker_fails()
    {
        Assert.Equal((CheckOutcome.Failed, "no worker is in the farm"), Find([], "workers"));
        Assert.Equal((CheckOutcome.Failed, "no worker can run stages"), Find([Mini with { State = WorkerState.Blocked }], "workers"));
    }

    [Theory]
    [InlineData("unfit workers", "mini: index-select is wrong")]
    [InlineData("blocked workers", "studio: no connection; pro: Its disk is full")]
    [InlineData("absent workers", "air (drained); old")]
    [InlineData("versions", "studio has 0.9")]
    [InlineData("models", "ltx-2 has different content on mini, pro and studio")]
    [InlineData("clocks", "mini is 7.0 s ahead; pro is 1:05 behind")]
    public void Faults_are_listed_by_worker(string check, string finding) => Assert.Equal((CheckOutcome.Warning, finding), Find(
        [
            Mini with { State = WorkerState.Unfit, Problem = "index-select is wrong.", ClockAheadS = 7 },
            Mini with { Id = "w2", Name = "studio", State = WorkerState.Disconnected, Version = "0.9", Model = "d2" },
            Mini with { Id = "w3", Name = "pro", State = WorkerState.Blocked, Problem = "Its disk is full.", ClockAheadS = -65 },
            new WorkerView("w4", "air", "", "", "", "", null) { State = WorkerState.Drained, Present = false },
        ],
        check,
        new Dictionary<string, string> { ["w1"] = "mini", ["w5"] = "old" }));

    [Fact]
    public void Groups_of_workers_that_do_not_share_batches_are_named() => Assert.Equal(
        (CheckOutcome.Passed, "each batch is rendered by one of these groups: mini (ltx-2, arm64 mps); studio (ltx-2, x64 cpu)"),
        Find([Mini, Mini with { Id = "w2", Name = "studio", Arithmetic = "x64 cpu" }], "models"));

    [Fact]
    public void Long_lists_are_cut() => Assert.EndsWith(
        "w7 has 0.9; w8 has 0.9 and 2 others",
        Find(Enumerable.Range(1, 10).Select(i => Mini with { Name = $"w{i}", Version = "0.9" }).ToList(), "versions").Finding,
        StringComparison.Ordinal);

    private static List<CheckResult> Check(IReadOnlyList<WorkerView> workers, Dictionary<string, string>? enrolled = null) =>
        WorkerChecks.Of(workers, enrolled ?? NobodyEnrolled, "1.0").ToList();

    private static (CheckOutcome Outcome, string Finding) Find(
        IReadOnlyList<WorkerView> workers, string check, Dictionary<string, string>? enrolled = null)
    {
        var found = Check(workers, enrolled).Single(each => each.Check == check);
        Assert.Equal(found.Outcome != CheckOutcome.Passed, found.Remedy is not null);
        return (found.Outcome, found.Finding);
    }
}
